import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/agent.ts";
import { DQN, type DQNOptions } from "../../src/agents/deep-q/dqn.ts";
import type { Callback } from "../../src/agent.ts";
import type { Env, SyncEnv } from "../../src/env.ts";
import { make } from "../../src/envs/registry.ts";
import { StateError } from "../../src/errors.ts";
import { box, discrete } from "../../src/space.ts";
import { asynchronous } from "../agents/small-envs.ts";

const OPTIONS: DQNOptions = {
  preset: false,
  batchSize: 4,
  capacity: 200,
  warmupSteps: 8,
  trainIntervalSteps: 1,
  network: { hidden: [4] },
};
const cartPole = (): SyncEnv => make("CartPole-v1");
const agentFor = (env: Env = cartPole()): DQN => new DQN(env, OPTIONS);

/** An environment whose step waits until it is let go. */
function held(): { env: Env; release: () => void } {
  const inner = cartPole();
  let release = (): void => {};
  const env = {
    ...asynchronous(inner),
    step: async (action: number) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return inner.step(action);
    },
  } as Env;
  return { env, release: () => release() };
}
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe("one run at a time", () => {
  test("a second learn while one runs is refused, and the first goes on", async () => {
    const agent = agentFor(asynchronous(cartPole()));
    const first = agent.learn(30);
    const message = "agent expected to be idle, got a call while learn runs. Await the first call.";
    await expect(agent.learn(5)).rejects.toThrow(new StateError(`learn: ${message}`));
    expect(() => agent.learnSync(5)).toThrow(new StateError(`learnSync: ${message}`));
    expect(() => agent.dispose()).toThrow(
      new StateError("dispose: agent expected to be idle, got a call while learn runs. Abort the run first."),
    );
    expect((await first).envSteps).toBe(30);
    expect((await agent.learn(5)).envSteps).toBe(5);
  });

  test("saving a run from inside a step is refused; its policy may be saved", async () => {
    const { env, release } = held();
    const agent = agentFor(env);
    const running = agent.learn(1);
    for (let i = 0; i < 5; i++) await turn();
    expect(() => agent.save()).toThrow(
      new StateError(
        "save: a run expected to be between two steps, got a call from inside one. Save from a callback, or save the policy.",
      ),
    );
    expect(agent.save({ contents: "policy" }).length).toBeGreaterThan(100);
    release();
    await running;
    expect(agent.save().length).toBeGreaterThan(100);
  });

  test("saving from a callback and between slices is fine", async () => {
    const saves: Uint8Array[] = [];
    const callback: Callback = {
      name: "saves",
      onStep: (run) => void saves.push(run.agent.save()),
      onEpisodeEnd: (run) => void saves.push(run.agent.save()),
    };
    const agent = agentFor();
    const running = agent.learn(40, { callbacks: [callback], sliceMs: 0 });
    await turn();
    saves.push(agent.save());
    const { episodes } = await running;
    expect(saves).toHaveLength(41 + episodes);
  });
});

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
    const agent = agentFor();
    const before = agent.save();
    await expect(agent.learn(steps, options)).rejects.toThrow(message);
    expect(agent.save()).toEqual(before);
    expect((await agent.learn(1)).envSteps).toBe(1);
  });

  test("learnSync knows no signal, because nothing could send one", () => {
    expect(() => agentFor().learnSync(1, { signal: AbortSignal.abort() } as never)).toThrow(
      'learnSync: option expected a known name, got "signal".',
    );
  });

  test("an agent without environment", async () => {
    const agent = new DQN({ observationSpace: box(0, 1, [1]), actionSpace: discrete(2) }, OPTIONS);
    await expect(agent.learn(1)).rejects.toThrow(
      new StateError("learn: agent expected to have an environment, got spaces only. Use act, observe and update."),
    );
  });

  test("learnSync with an environment or a callback that answers with promises", () => {
    const message =
      "learnSync: environment and callbacks expected to answer at once, got a promise. Use learn instead.";
    expect(() => agentFor(asynchronous(cartPole())).learnSync(5)).toThrow(new TypeError(message));
    const agent = agentFor();
    expect(() => agent.learnSync(5, { callbacks: [{ name: "late", onStep: async () => {} }] })).toThrow(message);
    expect(agent.learnSync(5).envSteps).toBe(5);
  });
});

describe("how a run ends", () => {
  test("after all steps, with returns, lengths and ends of its episodes", async () => {
    const agent = agentFor();
    const run = await agent.learn(300);
    expect(run).toMatchObject({ envSteps: 300, stopped: "completed", episodes: run.episodeReturns.length });
    expect("reason" in run).toBe(false);
    expect(run.updates).toBe(agent.updates);
    // CartPole pays 1 a step.
    expect(run.episodeReturns).toEqual(run.episodeLengths);
    run.episodeEnds.forEach((end, i) => {
      expect(end - (run.episodeEnds[i - 1] ?? 0)).toBe(run.episodeLengths[i]);
    });
    const second = agent.learnSync(100);
    expect([second.envSteps, agent.envSteps]).toEqual([100, 400]);
  });

  test("when the signal says so: what was learned stays", async () => {
    const agent = agentFor();
    const controller = new AbortController();
    const run = await agent.learn(1e6, {
      signal: controller.signal,
      callbacks: [{ name: "abort", everySteps: 50, onStep: () => controller.abort() }],
    });
    expect(run.stopped).toBe("aborted");
    expect(agent.envSteps).toBe(50);
    expect(agent.updates).toBe(43);
    expect((await agent.learn(1)).stopped).toBe("completed");
    expect((await agent.learn(1, { signal: AbortSignal.abort() })).envSteps).toBe(0);
  });

  test("when a callback says so, with its reason; the first reason counts", async () => {
    const stop: Callback = {
      name: "stop",
      everySteps: 10,
      onStep: (run) => {
        run.stop("enough");
        run.stop("too much");
      },
    };
    const run = await agentFor().learn(100, { callbacks: [stop] });
    expect(run).toMatchObject({ envSteps: 10, stopped: "callback", reason: "enough" });
    expect(agentFor().learnSync(100, { callbacks: [stop] })).toMatchObject({ envSteps: 10, reason: "enough" });
  });

  test("when the environment throws: the agent stays usable, in the same episode", async () => {
    const env = cartPole();
    let calls = 0;
    const failing: SyncEnv = {
      observationSpace: env.observationSpace,
      actionSpace: env.actionSpace,
      reset: (options) => env.reset(options),
      step: (action) => {
        calls++;
        if (calls === 20) throw new Error("power cut");
        return env.step(action);
      },
    };
    const agent = agentFor(failing);
    await expect(agent.learn(100)).rejects.toThrow("power cut");
    expect(agent.envSteps).toBe(19);
    expect(agent.save().length).toBeGreaterThan(100);
    expect((await agent.learn(81)).envSteps).toBe(81);
    const whole = agentFor();
    whole.learnSync(100);
    // The step that failed had drawn an exploring action; all else is the same.
    expect(agent.updates).toBe(whole.updates);
  });

  test("when an asynchronous environment rejects, or gives what observe refuses", async () => {
    const env = asynchronous(cartPole());
    const broken = { ...env, step: async () => Promise.reject(new Error("no connection")) };
    const agent = agentFor(broken as Env);
    await expect(agent.learn(5)).rejects.toThrow("no connection");
    expect(agent.save().length).toBeGreaterThan(100);
    const nan = { ...env, step: async (action: number) => ({ ...(await env.step(action)), reward: Number.NaN }) };
    await expect(agentFor(nan as Env).learn(5)).rejects.toThrow("observe: reward expected a finite number");
  });
});

test("asynchronous environments give the same run as synchronous ones", async () => {
  const sync = agentFor();
  const run = await sync.learn(200);
  const async = agentFor(asynchronous(cartPole()));
  expect((await async.learn(200)).episodeReturns).toEqual(run.episodeReturns);
  expect(await async.weightsSha256()).toBe(await sync.weightsSha256());
});

test("callbacks are called in order: start, then per step episode before step, then end; steps at their multiples", async () => {
  const calls: string[] = [];
  const record = (name: string, everySteps: number): Callback => ({
    name,
    everySteps,
    onStart: () => void calls.push(`${name} start`),
    onStep: (run) => void calls.push(`${name} ${run.envSteps}`),
    onEpisodeEnd: (run) => void calls.push(`${name} episode ${run.episodes} ${run.lastLength} at ${run.envSteps}`),
    onEnd: async () => void calls.push(`${name} end`),
  });
  const agent = new DQN(make("CartPole-v1", { maxEpisodeSteps: 4 }), OPTIONS);
  await agent.learn(5, { callbacks: [record("a", 2), record("b", 4)] });
  expect(calls).toEqual([
    "a start",
    "b start",
    "a 2",
    "a episode 1 4 at 4",
    "b episode 1 4 at 4",
    "a 4",
    "b 4",
    "a end",
    "b end",
  ]);
});

test("a step's updates are made before its callbacks are called", () => {
  const agent = new DQN(cartPole(), { ...OPTIONS, updatesPerTrain: 3 });
  const seen: [number, number][] = [];
  agent.learnSync(10, { callbacks: [{ name: "count", onStep: (run) => void seen.push([run.envSteps, run.updates]) }] });
  expect(seen.slice(6)).toEqual([
    [7, 0],
    [8, 3],
    [9, 6],
    [10, 9],
  ]);
});

test("progress is reported at intervals and once at the end, and knows what it does not know", async () => {
  const seen: Progress[] = [];
  const agent = agentFor();
  await agent.learn(200, { progressIntervalMs: 0, onProgress: (progress) => seen.push(progress) });
  expect(seen.length).toBeGreaterThan(50);
  expect(seen[0].lastReturn).toBeNaN();
  expect(seen[0].metrics.loss).toBeNaN();
  const last = seen.at(-1)!;
  expect(last).toMatchObject({ envSteps: 200, targetSteps: 200, etaSeconds: 0, updates: agent.updates });
  expect(Object.keys(last.metrics)).toEqual(["loss", "meanQ", "gradientNorm", "epsilon", "learningRate"]);
  expect(last.metrics.loss).toBeGreaterThanOrEqual(0);
  expect(last.stepsPerSecond).toBeGreaterThan(0);
  const once: Progress[] = [];
  agent.learnSync(10, { progressIntervalMs: 1e6, onProgress: (progress) => once.push(progress) });
  expect(once).toHaveLength(1);
  expect(once[0].targetSteps).toBe(210);
});

test("learn lets timers run while it works", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await agentFor().learn(3000, { sliceMs: 2 });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
});

test("weightsSha256 is over the canonical weights alone, in hex", async () => {
  const agent = agentFor();
  const first = await agent.weightsSha256();
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  agent.observe({
    observation: [0, 0, 0, 0],
    action: 0,
    reward: 0,
    nextObservation: [0, 0, 0, 0],
    terminated: true,
    truncated: false,
  });
  expect(await agent.weightsSha256()).toBe(first);
  expect(await DQN.load(agent.save({ contents: "policy" })).weightsSha256()).toBe(first);
});
