// The loop of `learn`: what it refuses, how it ends, updates, callbacks and progress, in one environment and in several. How long it
// keeps the event loop waiting is tested in yield.test.ts.

import { describe, expect, test } from "vitest";
import type { Callback, Progress, RunView } from "../../src/agent.ts";
import type { Env } from "../../src/env.ts";
import { countingEnv, countingVector, later } from "./counting-env.ts";
import { Probe, type ProbeOptions } from "./probe.ts";

const single = (length: number = 4, options: ProbeOptions = {}): Probe => new Probe(countingEnv(0, length), options);
const several = (lengths: readonly number[], options: ProbeOptions = {}): Probe =>
  new Probe(countingVector(lengths), options);

describe("what learn refuses, before anything changed", () => {
  const cases: [string, number, object, string][] = [
    ["no steps", 0, {}, "learn: steps expected an integer at least 1, got 0. It counts environment steps."],
    ["half steps", 1.5, {}, "learn: steps expected an integer at least 1, got 1.5. It counts environment steps."],
    ["an unknown option", 1, { sginal: 1 }, 'learn: option expected a known name, got "sginal". Did you mean signal?'],
    [
      "a slice that is none",
      1,
      { sliceMs: Number.NaN },
      "learn: sliceMs expected a number at least 0, got NaN. It is a time in milliseconds.",
    ],
    [
      "an interval below 0",
      1,
      { progressIntervalMs: -1 },
      "learn: progressIntervalMs expected a number at least 0, got -1. It is a time in milliseconds.",
    ],
    [
      "a callback every 0 steps",
      1,
      { callbacks: [{ name: "x", everySteps: 0 }] },
      "learn: everySteps of callback x expected an integer at least 1, got 0. It counts environment steps.",
    ],
  ];
  test.each(cases)("%s", async (_, steps, options, message) => {
    const agent = single();
    await expect(agent.learn(steps, options)).rejects.toThrow(message);
    expect(agent.experience.taken).toEqual([]);
    expect((await agent.learn(1)).envSteps).toBe(1);
  });

  test("learnSync knows no signal and no slices, because nothing could come between", () => {
    for (const option of [{ signal: AbortSignal.abort() }, { sliceMs: 1 }]) {
      expect(() => single().learnSync(1, option as never)).toThrow("learnSync: option expected a known name");
    }
  });

  test("learnSync with an environment or a callback that answers with promises", () => {
    const message =
      "learnSync: environment and callbacks expected to answer at once, got a promise. Use learn instead.";
    expect(() => new Probe(later(countingEnv(0, 4))).learnSync(5)).toThrow(new TypeError(message));
    const agent = single();
    for (const hook of ["onStart", "onStep", "onEpisodeEnd", "onEnd"]) {
      const late = { name: "late", [hook]: async () => {} };
      expect(() => agent.learnSync(5, { callbacks: [late] })).toThrow(message);
    }
    expect(agent.learnSync(5).envSteps).toBe(5);
  });
});

describe("how a run ends", () => {
  test("after all steps, with returns, lengths and ends of its episodes", async () => {
    const agent = new Probe(countingEnv(1, 4));
    const run = await agent.learn(11);
    expect(run).toMatchObject({ envSteps: 11, updates: 11, episodes: 2, stopped: "completed" });
    expect([run.episodeReturns, run.episodeLengths, run.episodeEnds]).toEqual([
      [8, 8],
      [4, 4],
      [4, 8],
    ]);
    expect("reason" in run).toBe(false);
    const second = agent.learnSync(2);
    // Of its own steps only, but an episode that began before.
    expect(second).toMatchObject({ envSteps: 2, updates: 2, episodes: 1, episodeLengths: [4], episodeEnds: [12] });
    expect(agent.envSteps).toBe(13);
  });

  test("in several environments with the first whole step that reaches its number", () => {
    const agent = several([5, 5, 5]);
    expect(agent.learnSync(7).envSteps).toBe(9);
    expect(agent.learnSync(1)).toMatchObject({ envSteps: 3, stopped: "completed" });
    expect(agent.envSteps).toBe(12);
  });

  test("when the signal says so: what was learned stays", async () => {
    const agent = single();
    const controller = new AbortController();
    const run = await agent.learn(1e6, {
      signal: controller.signal,
      callbacks: [{ name: "abort", everySteps: 50, onStep: () => controller.abort() }],
    });
    expect([run.stopped, agent.envSteps, agent.updates]).toEqual(["aborted", 50, 50]);
    expect((await agent.learn(1)).stopped).toBe("completed");
    expect((await agent.learn(1, { signal: AbortSignal.abort() })).envSteps).toBe(0);
  });

  test("when a callback says so, with its reason; the first reason counts", async () => {
    const stop: Callback = {
      name: "stop",
      everySteps: 10,
      onStep: ({ stop }) => {
        stop("enough");
        stop("too much");
      },
    };
    const expected = { envSteps: 10, stopped: "callback", reason: "enough" };
    expect(await single().learn(100, { callbacks: [stop] })).toMatchObject(expected);
    expect(single().learnSync(100, { callbacks: [stop] })).toMatchObject(expected);
  });

  test("after the updates and hooks of its last step", async () => {
    const seen: string[] = [];
    const stop: Callback = {
      name: "stop",
      onEpisodeEnd: (run) => {
        seen.push(`episode ${run.episodes} with ${run.updates} updates`);
        run.stop("seen one");
      },
      onStep: (run) => void seen.push(`step ${run.envSteps}`),
      onEnd: () => void seen.push("end"),
    };
    const agent = several([2, 2], { updatesPerStep: 3 });
    expect(await agent.learn(1e6, { callbacks: [stop] })).toMatchObject({ stopped: "callback", envSteps: 4 });
    expect(seen).toEqual(["step 2", "episode 1 with 12 updates", "episode 2 with 12 updates", "step 4", "end"]);
  });

  test("with an error when the environment throws, rejects, or answers what is no step: the agent stays usable", async () => {
    let calls = 0;
    const before = (): void => {
      calls++;
      if (calls === 20) throw new Error("power cut");
    };
    const agent = new Probe(countingEnv(0, 50, { before }));
    await expect(agent.learn(100)).rejects.toThrow("power cut");
    expect(agent.envSteps).toBe(19);
    expect(agent.save().length).toBeGreaterThan(100);
    expect((await agent.learn(81)).envSteps).toBe(81);
    const env = later(countingEnv(0, 50));
    const broken: Env = { ...env, step: () => Promise.reject(new Error("no connection")) };
    await expect(new Probe(broken).learn(5)).rejects.toThrow("no connection");
    const nan: Env = { ...env, step: async (action) => ({ ...(await env.step(action)), reward: Number.NaN }) };
    await expect(new Probe(nan).learn(5)).rejects.toThrow("learn: reward expected a finite number");
  });

  test("with an error when a callback throws, after which another run may begin", async () => {
    const agent = single();
    const fails: Callback = {
      name: "fails",
      onStep: () => {
        throw new Error("disk full");
      },
    };
    await expect(agent.learn(5, { callbacks: [fails] })).rejects.toThrow("disk full");
    expect(() => agent.learnSync(5, { callbacks: [fails] })).toThrow("disk full");
    expect(agent.learnSync(5).envSteps).toBe(5);
  });
});

describe("updates", () => {
  test("are made after the step that they are due after, before its hooks", () => {
    const agent = single(9, { updatesPerStep: 3 });
    const seen: [number, number][] = [];
    agent.learnSync(3, {
      callbacks: [{ name: "count", onStep: (run) => void seen.push([run.envSteps, run.updates]) }],
    });
    expect(seen).toEqual([
      [1, 3],
      [2, 6],
      [3, 9],
    ]);
  });

  test("are told how many environment steps there were before", () => {
    const agent = several([9, 9, 9], { updatesPerStep: 2 });
    expect(agent.learnSync(6).updates).toBe(12);
  });

  test("are given up for the step when one of them is not made", () => {
    const agent = single(9, { updatesPerStep: 3 });
    const { taken } = agent.experience;
    const run = agent.learnSync(4, {
      callbacks: [{ name: "empty", onStep: ({ envSteps }) => void (envSteps === 2 && taken.splice(0)) }],
    });
    expect(run.updates).toBe(12);
    taken.splice(0);
    agent.experience.add = () => {};
    expect(agent.learnSync(4)).toMatchObject({ envSteps: 4, updates: 0 });
  });
});

describe("callbacks", () => {
  const recording = (calls: string[], name: string, everySteps: number): Callback => ({
    name,
    everySteps,
    onStart: () => void calls.push(`${name} start`),
    onStep: (run) => void calls.push(`${name} ${run.envSteps}`),
    onEpisodeEnd: async (run) =>
      void calls.push(`${name} episode ${run.episodes}: ${run.lastReturn} in ${run.lastLength} at ${run.envSteps}`),
    onEnd: async () => void calls.push(`${name} end`),
  });

  test("are called in order: start, then per step episode before step, then end; steps at their multiples", async () => {
    const calls: string[] = [];
    await single().learn(5, { callbacks: [recording(calls, "a", 2), recording(calls, "b", 4)] });
    expect(calls).toEqual([
      ...["a start", "b start", "a 2"],
      ...["a episode 1: 4 in 4 at 4", "b episode 1: 4 in 4 at 4", "a 4", "b 4"],
      ...["a end", "b end"],
    ]);
  });

  test("hear of every episode that ended in a step of several environments, and of the step once", async () => {
    const calls: string[] = [];
    await several([2, 2, 4]).learn(12, { callbacks: [recording(calls, "a", 4), recording(calls, "b", 100)] });
    expect(calls.slice(2, -2)).toEqual([
      // 3 passes none, 6 passes 4, 9 passes 8, 12 is one.
      ...["a episode 1: 2 in 2 at 6", "b episode 1: 2 in 2 at 6"],
      ...["a episode 2: 4 in 2 at 6", "b episode 2: 4 in 2 at 6"],
      ...["a 6", "a 9"],
      ...["a episode 3: 2 in 2 at 12", "b episode 3: 2 in 2 at 12"],
      ...["a episode 4: 4 in 2 at 12", "b episode 4: 4 in 2 at 12"],
      ...["a episode 5: 12 in 4 at 12", "b episode 5: 12 in 4 at 12"],
      "a 12",
    ]);
  });

  test("hear of a step once where it passes several multiples, and of every step without everySteps", () => {
    const count = { often: 0, always: 0 };
    const callbacks: Callback[] = [
      { name: "often", everySteps: 2, onStep: () => void count.often++ },
      { name: "always", onStep: () => void count.always++ },
    ];
    several([9, 9, 9, 9, 9]).learnSync(50, { callbacks });
    expect(count).toEqual({ often: 10, always: 10 });
  });

  test("see the run as it stands", () => {
    const seen: object[] = [];
    const agent = single(2);
    const onStep = (run: RunView): void => {
      const { agent: of, envSteps, updates, episodes, meanReturn, lastReturn, isSync } = run;
      seen.push([of === agent, envSteps, updates, episodes, meanReturn, lastReturn, isSync, run.metrics()]);
      expect(run.seconds).toBeGreaterThanOrEqual(0);
    };
    agent.learnSync(2, { callbacks: [{ name: "look", onStep }] });
    const nan = Number.NaN;
    expect(seen).toEqual([
      [true, 1, 1, 0, nan, nan, true, { updates: 1, steps: 1 }],
      [true, 2, 2, 1, 2, 2, true, { updates: 2, steps: 2 }],
    ]);
  });
});

describe("progress", () => {
  test("is reported at intervals and once at the end, and knows what it does not know", async () => {
    const seen: Progress[] = [];
    const agent = single(9, { updatesPerStep: 0 });
    await agent.learn(200, { progressIntervalMs: 0, onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(50);
    expect(seen[0].lastReturn).toBeNaN();
    // No update was made.
    expect(seen[0].metrics).toEqual({ updates: Number.NaN, steps: expect.any(Number) });
    const last = seen.at(-1)!;
    expect(last).toMatchObject({ envSteps: 200, targetSteps: 200, etaSeconds: 0, episodes: 22, lastReturn: 9 });
    expect(last.stepsPerSecond).toBeGreaterThan(0);
    const once: Progress[] = [];
    agent.learnSync(10, { progressIntervalMs: 1e6, onProgress: (progress) => once.push(progress) });
    expect(once).toHaveLength(1);
    expect(once[0].targetSteps).toBe(210);
  });

  test("has the mean of the episodes of all environments, and no time left at the end", () => {
    let last: unknown;
    several([2, 2, 4]).learnSync(10, { onProgress: (progress) => (last = progress) });
    expect(last).toMatchObject({ envSteps: 12, targetSteps: 10, etaSeconds: 0, meanReturn: 4.8, lastReturn: 12 });
  });
});

test("environments that answer with promises give the same run as those that answer at once", async () => {
  const sync = single(7);
  const run = await sync.learn(30);
  const async = new Probe(later(countingEnv(0, 7)));
  expect((await async.learn(30)).episodeReturns).toEqual(run.episodeReturns);
  expect(async.experience.taken).toEqual(sync.experience.taken);
});

test("timers run while learn works, in one environment and in several", async () => {
  for (const agent of [single(50, { room: 1e6 }), several([50, 60, 70], { room: 1e6 })]) {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await agent.learn(20_000, { sliceMs: 2 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  }
});
