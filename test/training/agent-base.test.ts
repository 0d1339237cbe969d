// What every agent has in common, on one that has no algorithm: one run at a time, updates by hand, evaluations, dispose. Acting,
// observing, the loop and files are tested in decisions.test.ts, intake.test.ts, run.test.ts and agent-files.test.ts.

import { describe, expect, test } from "vitest";
import type { Callback } from "../../src/agent.ts";
import type { Env } from "../../src/env.ts";
import { StateError } from "../../src/errors.ts";
import { countingEnv, countingVector, later } from "./counting-env.ts";
import { Networked, SPACES, step } from "./networked-probe.ts";
import { Probe } from "./probe.ts";

/** An environment whose step waits until it is let go. */
function held(): { env: Env; release: () => void } {
  const env = later(countingEnv(0, 4));
  let release = (): void => {};
  const waiting: Env = {
    ...env,
    step: async (action) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return env.step(action);
    },
  };
  return { env: waiting, release: () => release() };
}
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe("one run at a time", () => {
  test("a second learn while one runs is refused, and the first goes on", async () => {
    const agent = new Probe(later(countingEnv(0, 4)));
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
    const agent = new Probe(env);
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
    const agent = new Probe(countingEnv(0, 4));
    const running = agent.learn(40, { callbacks: [callback], sliceMs: 0 });
    await turn();
    saves.push(agent.save());
    const { episodes } = await running;
    expect(saves).toHaveLength(41 + episodes);
  });

  test("an agent without environment has none", async () => {
    const message = "learn: agent expected to have an environment, got spaces only. Use act, observe and update.";
    await expect(new Probe(SPACES).learn(1)).rejects.toThrow(new StateError(message));
  });

  test("a run begins with a whole step of all environments (regression: rollouts went out of their columns)", () => {
    const agent = new Probe(countingVector([4, 4]));
    agent.observe(step);
    expect(() => agent.learnSync(4)).toThrow(
      new StateError(
        "learnSync: transitions expected whole steps of 2 environments, got a step of which 1 are observed. Observe the others first.",
      ),
    );
    agent.observe(step);
    expect(agent.learnSync(4).envSteps).toBe(4);
  });
});

describe("updates by hand", () => {
  test("are one, or as many as are asked for, and tell the agent's count; none where there is nothing to learn from", () => {
    expect(new Probe(SPACES).update()).toBe(0);
    const agent = new Probe(SPACES);
    agent.observe(step);
    expect([agent.update(), agent.update({ maxUpdates: 3 }), agent.update({ maxUpdates: 0 })]).toEqual([1, 3, 0]);
    expect(agent.updates).toBe(4);
  });

  test("of agents that learn from rollouts are all of a round", () => {
    class Rounds extends Probe {
      static override readonly about = { ...Probe.about, learnsFrom: "rollouts" as const };
    }
    const agent = new Rounds(SPACES);
    agent.observe(step);
    let left = 7;
    Object.defineProperty(agent.experience, "size", { get: () => left-- });
    expect(agent.update()).toBe(7);
  });
});

test("metrics are known from the first update on", () => {
  const agent = new Probe(SPACES);
  agent.observe(step);
  expect(agent.metrics()).toEqual({ updates: Number.NaN, steps: 1 });
  agent.update();
  expect(agent.metrics()).toEqual({ updates: 1, steps: 1 });
});

test("evaluations keep memories of their own, and tell of every episode's start", () => {
  const agent = new Probe(SPACES);
  agent.evaluateSync(() => countingEnv(0, 2), { episodes: 2 });
  agent.act([0, 0]);
  const calls = agent.actor.calls.map(({ explore, starts, streams }) => [explore, starts, streams !== null]);
  expect(calls).toEqual([
    ...[
      [false, [true], true],
      [false, null, true],
    ],
    ...[
      [false, [true], true],
      [false, null, true],
    ],
    [false, null, false],
  ]);
  const [first] = agent.actor.calls;
  agent.evaluateSync(() => countingEnv(0, 2), { episodes: 1 });
  expect(agent.actor.calls.at(-1)?.streams).not.toBe(first.streams);
});

test("a reset in mode next-step is told to the actor as an end, and counts neither as a step nor as an episode", () => {
  const agent = new Probe(countingVector([2, 5], "next-step"));
  agent.learnSync(6);
  const ends = (e: number): boolean[] =>
    agent.actor.steps.filter(({ environment }) => environment === e).map(({ ended }) => ended);
  // Environment 0: a step, its end, the reset, a step.
  expect([ends(0), ends(1)]).toEqual([
    [false, true, true, false],
    [false, false, false, false],
  ]);
  expect([agent.envSteps, agent.episodes]).toEqual([7, 1]);
  expect(agent.experience.taken.filter(({ skip }) => skip)).toHaveLength(1);
});

test("after dispose every call is refused but another dispose", async () => {
  const agent = new Networked(countingEnv(0, 4));
  agent.dispose();
  agent.dispose();
  const disposed = (where: string): string =>
    `${where}: agent expected to be in use, got one that was disposed of. Build a new one.`;
  const calls: [string, () => unknown][] = [
    ["act", () => agent.act([0, 0])],
    ["actBatch", () => agent.actBatch([])],
    ["actRows", () => agent.actRows(new Float32Array(2), new Int32Array(1))],
    ["observe", () => agent.observe(step)],
    ["observeBatch", () => agent.observeBatch([])],
    ["update", () => agent.update()],
    ["learnSync", () => agent.learnSync(1)],
    ["save", () => agent.save()],
    ["exportWeights", () => agent.exportWeights()],
    ["importWeights", () => agent.importWeights(new Uint8Array(0))],
    ["hasFiniteWeights", () => agent.hasFiniteWeights()],
    ["evaluate", () => agent.evaluate(() => countingEnv(0, 2))],
    ["evaluateSync", () => agent.evaluateSync(() => countingEnv(0, 2))],
  ];
  for (const [where, call] of calls) expect(call, where).toThrow(new StateError(disposed(where)));
  for (const [where, call] of [
    ["learn", () => agent.learn(1)],
    ["sync", () => agent.sync()],
    ["weightsSha256", () => agent.weightsSha256()],
  ] as const) {
    await expect(call(), where).rejects.toThrow(new StateError(disposed(where)));
  }
});
