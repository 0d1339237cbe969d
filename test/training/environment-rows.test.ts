// Environments seen as rows: what they are given, what becomes of their answers, and what a file keeps of running episodes.

import { describe, expect, test, vi } from "vitest";
import type { StepResult } from "../../src/env.ts";
import { CheckpointError } from "../../src/errors.ts";
import { type Choice, planChoice } from "../../src/experience/actor.ts";
import { ObservationEncoder } from "../../src/experience/observation-encoder.ts";
import { box, dict, discrete, multiBinary, type Space, type SpaceValue } from "../../src/space.ts";
import { isNumbers, SingleEnvironment, VectorEnvironment } from "../../src/training/environment-rows.ts";
import { open } from "../../src/training/open.ts";
import { type CountingOptions, countingEnv, countingVector, later } from "./counting-env.ts";
import { Probe, type ProbeSettings, probeContext, rowsOf, type TakenRow } from "./probe.ts";

/** Choices with indices from 0, or the numbers of a Box. */
function choose(numbers: readonly number[]): Choice {
  const { action, given } = planChoice(1, numbers.length);
  action.set(numbers);
  given.set(numbers);
  return { action, given, remembered: null };
}

const damaged = (what: string, got: string): CheckpointError =>
  new CheckpointError(`load: ${what}, got ${got}. The file is damaged or not what it claims to be.`);

describe("a single environment", () => {
  function single(length: number = 3, options: CountingOptions = {}) {
    const env = countingEnv(7, length, options);
    const context = probeContext(env);
    return { env, context, rows: new SingleEnvironment(env, context) };
  }

  test("is a vector of one: a step is one row, with the next observation as the environment gave it", () => {
    const { context, env, rows } = single();
    rows.reset(40);
    rows.reset(undefined);
    expect(env.resets).toEqual([{ seed: 40 }, undefined]);
    expect(Array.from(rows.step.observation)).toEqual([7, 0]);
    rows.advance(choose([2]));
    const expected: TakenRow = {
      ...{ environment: 0, observation: [7, 0], action: [2], given: [2], reward: 8, next: [7, 1] },
      ...{ terminated: false, truncated: false, skip: false, value: [7, 1] },
    };
    expect(rowsOf(rows.step, context)).toEqual([expected]);
  });

  test("is given a number for Discrete, counted from its start, and else a fresh array", () => {
    const numbered = single();
    numbered.rows.reset(undefined);
    numbered.rows.advance(choose([2]));
    expect(numbered.env.actions).toEqual([7]);
    const free = single(5, { actionSpace: box(-1, 1, [2]) });
    free.rows.reset(undefined);
    const choice = choose([0.5, -0.25]);
    free.rows.advance(choice);
    free.rows.next();
    choice.given.set([0, 0]);
    free.rows.advance(choice);
    expect(free.env.actions).toEqual([Float32Array.of(0.5, -0.25), Float32Array.of(0, 0)]);
  });

  test("is acted on where it went, until its episode ends", () => {
    const { rows } = single(2);
    rows.reset(undefined);
    rows.advance(choose([0]));
    expect(rows.next()).toBe(true);
    expect(Array.from(rows.step.observation)).toEqual([7, 1]);
    rows.advance(choose([0]));
    expect(rows.next()).toBe(false);
  });

  test("may answer with promises", async () => {
    const env = later(countingEnv(7, 2));
    const rows = new SingleEnvironment(env, probeContext(env));
    await rows.reset(undefined);
    await rows.advance(choose([0]));
    expect(Array.from(rows.step.next)).toEqual([7, 1]);
  });

  test("is encoded from its own numbers, which float32 rows would round", () => {
    const [low, high, x] = [0, 3, 1.5 + 1e-8];
    const env = { ...countingEnv(0, 3), observationSpace: box(low, high, [1]) };
    const answer = (): StepResult => ({ observation: [x], reward: 0, terminated: false, truncated: false, info: {} });
    Object.assign(env, { step: answer, reset: () => ({ observation: [0], info: {} }) });
    const rescaled = (where: string, space: Space): ObservationEncoder => new ObservationEncoder(where, space, true);
    const rows = new SingleEnvironment(env, open<ProbeSettings>(Probe, env, {}, rescaled));
    rows.reset(undefined);
    rows.advance(choose([0]));
    expect(rows.step.next[0]).toBe(Math.fround(x * (2 / 3) - 1));
    expect(Math.fround(x) * (2 / 3) - 1).toBe(0);
    expect(rows.step.next[0]).toBeGreaterThan(0);
  });

  test.each<[Partial<StepResult>, string]>([
    [{ reward: Number.NaN }, "learn: reward expected a finite number, got NaN. Check the environment."],
    [{ terminated: 1 as never }, "learn: terminated and truncated expected booleans, got 1 and false."],
    [{ observation: [1] }, "learn: observation expected 2 numbers, got [1]."],
  ])("that answers %o is refused", (wrong, message) => {
    const env = countingEnv(0, 5);
    const rows = new SingleEnvironment(
      { ...env, step: (action) => ({ ...env.step(action), ...wrong }) },
      probeContext(env),
    );
    rows.reset(undefined);
    expect(() => rows.advance(choose([0]))).toThrow(message);
  });

  test.each<[Space, SpaceValue, unknown]>([
    [discrete(9), 4, 4],
    [box(-9, 9, [2]), Float64Array.of(0.1, 1 / 3), [0.1, 1 / 3]],
    [
      dict({ a: multiBinary(2), b: dict({ c: discrete(3) }) }),
      { a: Uint8Array.of(1, 0), b: { c: 2 } },
      { a: [1, 0], b: { c: 2 } },
    ],
  ])("saves its observation as JSON that reads back as the same numbers: %o", (observationSpace, value, json) => {
    const env = { ...countingEnv(0, 5), observationSpace, reset: () => ({ observation: value, info: {} }) };
    const context = probeContext(env);
    const rows = new SingleEnvironment(env, context);
    rows.reset(undefined);
    const saved = JSON.parse(JSON.stringify(rows.save(true)));
    expect(saved).toEqual({ observation: json });
    const again = new SingleEnvironment(env, context);
    again.check(saved);
    again.load(saved);
    expect(again.step.observation).toEqual(rows.step.observation);
    expect(again.save(true)).toEqual(saved);
    expect(rows.save(false)).toEqual({ observation: null });
    again.check(rows.save(false));
  });

  test("refuses a file's observation that is none of the space", () => {
    const { rows } = single();
    expect(() => rows.check({ observation: [1] })).toThrow(damaged("session.observation expected 2 numbers", "[1]"));
    expect(() => rows.check({ observation: [1, null] as never })).toThrow(
      damaged("session.observation expected a finite number at index 1", "[1, null]"),
    );
  });

  test("saves and loads its state where it can", () => {
    const { env, rows } = single();
    expect(rows.saveState()).toEqual([0, 0]);
    rows.loadState?.([2, 1]);
    expect(env.saveState!()).toEqual([2, 1]);
    const { rows: forgetful } = single(3, { saves: false });
    expect([forgetful.saveState(), forgetful.loadState]).toEqual([null, undefined]);
  });
});

describe("several environments", () => {
  function vector(
    lengths: readonly number[],
    mode: Parameters<typeof countingVector>[1],
    options: CountingOptions = {},
  ) {
    const env = countingVector(lengths, mode, options);
    const context = probeContext(env);
    const rows = new VectorEnvironment(env, context);
    rows.reset(3);
    const advance = (): TakenRow[] => {
      rows.advance(choose(new Array(lengths.length * context.actions.size).fill(0)));
      return rowsOf(rows.step, context);
    };
    const acted = (): number[] => Array.from(rows.step.observation);
    return { env, rows, advance, acted };
  }

  test("are given one entry each: integers from the space's start, or rows of numbers", () => {
    const { env, rows } = vector([5, 5], "same-step");
    const step = vi.spyOn(env, "step");
    rows.advance(choose([2, 0]));
    expect(step.mock.lastCall).toEqual([Int32Array.of(7, 5)]);
    const free = vector([5, 5], "same-step", { actionSpace: box(-1, 1, [2]) });
    const stepFree = vi.spyOn(free.env, "step");
    free.rows.advance(choose([0.5, 0.25, -1, 1]));
    expect(stepFree.mock.lastCall).toEqual([[Float32Array.of(0.5, 0.25), Float32Array.of(-1, 1)]]);
  });

  test.each(["same-step", "disabled"] as const)("%s: an ended episode's next is its own last observation", (mode) => {
    const { rows, advance, acted } = vector([2, 5], mode);
    advance();
    expect(rows.next()).toBe(true);
    expect(acted()).toEqual([0, 1, 1, 1]);
    const [ended, running] = advance();
    expect(ended).toMatchObject({ observation: [0, 1], next: [0, 2], truncated: true, skip: false });
    expect(running).toMatchObject({ observation: [1, 1], next: [1, 2], truncated: false });
    expect(ended).not.toHaveProperty("value");
    rows.next();
    // The ended one begins anew, the other goes on.
    expect(acted()).toEqual([0, 0, 1, 2]);
  });

  test("disabled: only those that ended are reset, and none where none ended", () => {
    const { env, rows, advance } = vector([2, 5], "disabled");
    const reset = vi.spyOn(env, "reset");
    advance();
    rows.next();
    expect(reset).not.toHaveBeenCalled();
    advance();
    rows.next();
    expect(reset.mock.calls).toEqual([[{ resetMask: [true, false] }]]);
  });

  test("next-step: the step after an end is a reset, whose row is no step", () => {
    const { rows, advance, acted } = vector([2, 5], "next-step");
    advance();
    rows.next();
    expect(advance()[0]).toMatchObject({ next: [0, 2], truncated: true, skip: false });
    rows.next();
    expect(acted()).toEqual([0, 2, 1, 2]);
    const [reset, running] = advance();
    expect(reset).toMatchObject({ observation: [0, 2], next: [0, 0], truncated: false, reward: 0, skip: true });
    expect(running).toMatchObject({ skip: false, next: [1, 3] });
    rows.next();
    expect(advance()[0]).toMatchObject({ observation: [0, 0], next: [0, 1], skip: false });
  });

  test("next-step: a reset of all takes pending ones back", () => {
    const { rows, advance } = vector([1, 5], "next-step");
    advance();
    rows.next();
    rows.reset(undefined);
    expect(advance()[0]).toMatchObject({ observation: [0, 0], skip: false });
  });

  test("are refused by their number where a reward or an observation is none", () => {
    const { env, rows } = vector([5, 5], "same-step");
    const step = env.step.bind(env);
    env.step = (actions) => {
      const result = step(actions);
      result.reward[1] = Number.POSITIVE_INFINITY;
      return result;
    };
    expect(() => rows.advance(choose([0, 0]))).toThrow(
      "learn: reward of environment 1 expected a finite number, got Infinity. Check the environment.",
    );
    env.step = (actions) => {
      const result = step(actions);
      result.observation[3] = Number.NaN;
      return result;
    };
    expect(() => rows.advance(choose([0, 0]))).toThrow(
      "learn: observation of environment 1 expected finite numbers, got NaN at index 1. Check the environment.",
    );
  });

  test("save what they show, and in mode next-step what the coming step resets", () => {
    const same = vector([2, 5], "same-step");
    same.advance();
    same.rows.next();
    expect(same.rows.save(true)).toEqual({ observations: [0, 1, 1, 1] });
    expect(same.rows.save(false)).toEqual({ observations: null });
    const next = vector([1, 5], "next-step");
    next.advance();
    next.rows.next();
    const saved = next.rows.save(true);
    expect(saved).toEqual({ observations: [0, 1, 1, 1], resets: [1, 0] });
    const again = vector([1, 5], "next-step");
    again.env.loadState?.(next.env.saveState!());
    again.rows.check(saved);
    again.rows.load(saved);
    expect(again.advance()).toEqual(next.advance());
  });

  const count = 2;
  test.each<[object, string, string]>([
    [{ observations: [1, 2, 3] }, "session.observations expected 4 numbers", "[1, 2, 3]"],
    [{ observations: [1, 2, 3, "4"] }, "session.observations expected 4 numbers", '[1, 2, 3, "4"]'],
    [{ observations: [1, 2, 3, 1e300] }, "session.observations expected finite numbers", "[1, 2, 3, 1e+300]"],
    [{ observations: [1, 2, 3, 4], resets: [0] }, `session.resets expected ${count} zeros and ones`, "[0]"],
    [{ observations: [1, 2, 3, 4], resets: [0, 2] }, `session.resets expected ${count} zeros and ones`, "[0, 2]"],
  ])("refuse a file's %o", (saved, what, got) => {
    const { rows } = vector([5, 5], "next-step");
    expect(() => rows.check(saved)).toThrow(damaged(what, got));
    expect(() => rows.check({ observations: null })).not.toThrow();
  });

  test.each([
    ["next-step", { observations: [1, 2, 3, 4] }],
    ["same-step", { observations: [1, 2, 3, 4], resets: [0, 0] }],
    ["disabled", { observations: [1, 2, 3, 4], resets: [0, 1] }],
  ] as const)("in mode %s refuse a run that was saved in another one: %o", (mode, saved) => {
    expect(() => vector([5, 5], mode).rows.check(saved)).toThrow(
      new CheckpointError(
        `load: environment expected the autoresetMode of the run, got "${mode}". Pass one in the same mode.`,
      ),
    );
  });
});

test("a list of numbers is one of nothing else", () => {
  expect([[1, 2], [], [1, "2"], [null], "12", undefined].map(isNumbers)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
