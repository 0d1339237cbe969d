// How long `learn` and `evaluate` keep the event loop waiting, by a clock that only work moves: exact on any machine.

import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { Env } from "../../src/env.ts";
import { CartPole, DQN, EvaluationCallback, make, QLearning } from "../../src/index.ts";
import { isPromise, SLICE_MS, Slice, yieldToHost } from "../../src/training/yield.ts";

let now = 0;
/** When the event loop was let run. */
let yields: number[] = [];
/** Durations of the slices so far, rounded because the clock is a sum. */
const slices = (): number[] => yields.map((at, i) => Math.round((at - (i === 0 ? 0 : yields[i - 1])) * 1e6) / 1e6);
const percentile95 = (values: number[]): number => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];

/** At the 95th percentile within the slice; above it only by a unit of work that came as a surprise. */
function expectShortSlices(unitMs: number): void {
  expect(percentile95(slices())).toBeLessThanOrEqual(SLICE_MS);
  expect(Math.max(...slices())).toBeLessThanOrEqual(SLICE_MS + unitMs);
}

beforeEach(() => {
  now = 0;
  yields = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const { setImmediate } = globalThis;
  vi.spyOn(globalThis, "setImmediate").mockImplementation(((callback: () => void) => {
    yields.push(now);
    return setImmediate(callback);
  }) as typeof setImmediate);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** CartPole whose steps and resets take so many milliseconds, and answer at once or by promise. */
function slowCartPole(stepMs: number, resetMs: number = stepMs, answersLater: boolean = false): Env {
  const env = new CartPole();
  const after = <T>(ms: number, value: T): T | Promise<T> => {
    now += ms;
    return answersLater ? Promise.resolve(value) : value;
  };
  return {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset: (options) => after(resetMs, env.reset(options)),
    step: (action) => after(stepMs, env.step(action as number)),
  };
}

/** An agent of CartPole whose updates take so many milliseconds. */
function slowDqn(env: Env, updateMs: number): DQN {
  const backend = new WasmBackend();
  const adam = backend.optimizers.adam.bind(backend.optimizers);
  backend.optimizers.adam = (...step) => {
    adam(...step);
    now += updateMs;
  };
  const options = { warmupSteps: 10, trainIntervalSteps: 4, updatesPerTrain: 6, batchSize: 2 };
  return new DQN(env, { ...options, backend: () => backend });
}

describe("a slice", () => {
  test("aims below half a frame, and leaves room for a clock that ticks in milliseconds", () => {
    expect(SLICE_MS).toBeLessThanOrEqual(7);
  });

  test("is over before a unit as long as its longest would not fit", () => {
    const slice = new Slice(6);
    const ends = [2, 3, 3.5].map((time) => {
      now = time;
      return slice.isOver(now);
    });
    expect(ends).toEqual([false, false, false]);
    now = 4.1;
    expect(slice.isOver(now)).toBe(true);
    slice.begin();
    now += 3;
    expect(slice.isOver(now)).toBe(false);
  });

  test("remembers a long unit over the next slices, and forgets it", () => {
    const slice = new Slice(6);
    now += 4;
    slice.isOver(now);
    const units: number[] = [];
    for (let i = 0; i < 100; i++) {
      slice.begin();
      let count = 1;
      for (now += 1; !slice.isOver(now); now += 1) count++;
      units.push(count);
    }
    expect(units[0]).toBe(3);
    expect(units.at(-1)).toBeGreaterThanOrEqual(5);
  });

  test("of endless length is never over", () => {
    now = 1e9;
    expect(new Slice(Number.POSITIVE_INFINITY).isOver(2e9)).toBe(false);
  });
});

describe("learn", () => {
  test.each([0.01, 0.3, 0.9, 2.5, 5.9])(
    "keeps slices within 6 ms with units of work of up to %f ms",
    async (unitMs) => {
      await slowDqn(slowCartPole(unitMs / 3), unitMs).learn(400);
      expect(yields.length).toBeGreaterThan(20 * unitMs);
      expectShortSlices(unitMs);
    },
  );

  test("makes good use of its slices when units are short", async () => {
    await slowDqn(slowCartPole(0.05), 0.1).learn(2000);
    const durations = slices().slice(0, -1);
    expect(durations.reduce((sum, ms) => sum + ms, 0) / durations.length).toBeGreaterThan(0.9 * SLICE_MS);
  });

  test("makes one unit a slice when a unit is longer than a slice", async () => {
    await slowDqn(slowCartPole(10), 10).learn(40);
    expect(Math.max(...slices())).toBe(10);
  });

  test("yields also while the environment's promises are settled at once (regression: it starved the event loop)", async () => {
    await slowDqn(slowCartPole(0.5, 0.5, true), 0.1).learn(400);
    expect(yields.length).toBeGreaterThan(30);
    expectShortSlices(0.5);
  });

  test("yields at the end of every call, so that many short ones do not add up", async () => {
    for (const answersLater of [false, true]) {
      yields = [];
      const agent = slowDqn(slowCartPole(1, 1, answersLater), 0);
      for (let i = 0; i < 8; i++) await agent.learn(1);
      expect(yields.length).toBeGreaterThanOrEqual(8);
    }
  });

  test("keeps slices short while callbacks evaluate", async () => {
    const agent = slowDqn(slowCartPole(0.4), 0.4);
    const evaluation = new EvaluationCallback({ env: () => slowCartPole(0.4), everySteps: 7, episodes: 5 });
    await agent.learn(100, { callbacks: [evaluation] });
    expect(evaluation.history.length).toBe(14);
    expectShortSlices(0.8);
  });

  test("of a table keeps slices short too", async () => {
    const env = make("FrozenLake-v1");
    const step = env.step.bind(env);
    env.step = (action) => {
      now += 0.25;
      return step(action);
    };
    await new QLearning(env).learn(2000);
    expectShortSlices(0.25);
  });
});

describe("evaluate", () => {
  test.each([false, true])("keeps slices within 6 ms; promises: %s", async (answersLater) => {
    const agent = new DQN(new CartPole());
    await agent.evaluate(() => slowCartPole(0.7, 1.9, answersLater), { episodes: 60 });
    expect(yields.length).toBeGreaterThan(10);
    expectShortSlices(2.6);
  });
});

test("a promise is one from any realm, and nothing else is", () => {
  expect(isPromise(runInNewContext("Promise.resolve(1)"))).toBe(true);
  expect([undefined, null, 0, {}, () => {}].map((value) => isPromise<unknown>(value))).not.toContain(true);
});

test("yielding lets timers and messages have their turn where there is no setImmediate", async () => {
  vi.restoreAllMocks();
  const { setImmediate } = globalThis;
  try {
    Object.assign(globalThis, { setImmediate: undefined });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    const deadline = Date.now() + 5000;
    while (ticks === 0 && Date.now() < deadline) await yieldToHost();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
    await Promise.all([yieldToHost(), yieldToHost()]);
  } finally {
    Object.assign(globalThis, { setImmediate });
  }
});
