import { describe, expect, test } from "vitest";
import type { Env, StepResult } from "../../src/env.ts";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { checkEnv } from "../../src/envs/check-env.ts";
import { BitFlip } from "../../src/envs/diagnostics/bit-flip.ts";
import { box, dict, discrete, multiBinary, multiDiscrete } from "../../src/space.ts";
import { BUILT_IN_IDS, made } from "./every-env.ts";
import { PromisedEnv } from "./wrappers/promised-env.ts";

test.each(BUILT_IN_IDS)("finds nothing wrong with %s", async (id) => {
  const report = await checkEnv(made(id), { steps: 300 });
  expect(report.problems).toEqual([]);
  expect(report.ok).toBe(true);
});

test("checks asynchronous environments, and warns that a resume cannot continue an episode", async () => {
  expect(await checkEnv(new PromisedEnv(new CartPole()))).toEqual({
    ok: true,
    problems: [],
    warnings: ["no saveState and loadState: a resumed run starts a new episode"],
  });
});

/** CartPole with one fault. */
function faulty(change: Record<string, unknown>, step: Partial<Record<keyof StepResult, unknown>> = {}): Env {
  const inner = new CartPole();
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset: (options) => inner.reset(options),
    step: (action) => ({ ...inner.step(action as number), ...step }) as StepResult,
    ...change,
  } as Env;
}

describe("reports", () => {
  test.each<[string, Env, string]>([
    ["no object", 3 as never, "environment expected an object, got 3"],
    ["no step", faulty({ step: undefined }), "step expected a method, got undefined"],
    [
      "no space",
      faulty({ actionSpace: { n: 2 } }),
      "actionSpace expected a space (discrete, box, multiDiscrete, multiBinary, dict), got Object",
    ],
    [
      "a reset without a result",
      faulty({ reset: () => undefined }),
      "reset expected { observation, info }, got undefined",
    ],
    [
      "a step without a result",
      faulty({ step: () => null }),
      "step 1 expected { observation, reward, terminated, truncated, info }, got null",
    ],
    [
      "an observation of another shape",
      faulty({}, { observation: [1, 2] }),
      "step 1: observation expected 4 numbers, got [1, 2]",
    ],
    [
      "an observation that is not a number",
      faulty({}, { observation: [0, NaN, 0, 0] }),
      "step 1: observation expected a number in -Infinity..Infinity at index 1, got NaN",
    ],
    [
      "an observation outside the bounds",
      faulty({ observationSpace: box(-1e-9, 1e-9, [4]) }),
      "reset: observation expected a number in -1e-9..1e-9 at index 0, got 0.013696168549358845",
    ],
    [
      "a reward that is not finite",
      faulty({}, { reward: Infinity }),
      "step 1: reward expected a finite number, got Infinity",
    ],
    ["flags that are numbers", faulty({}, { truncated: 0 }), "step 1: truncated expected true or false, got 0"],
    [
      "a missing info",
      faulty({}, { info: undefined }),
      "step 1: info expected an object, got undefined; return {} when there is none",
    ],
    [
      "an exception",
      faulty({
        step: () => {
          throw new Error("motor on fire");
        },
      }),
      "step threw motor on fire",
    ],
    [
      "half of saveState and loadState",
      faulty({ saveState: () => ({}) }),
      "saveState and loadState expected both or neither",
    ],
    [
      "a state that is no JSON data",
      faulty({ saveState: () => ({ x: new Float32Array(2) }), loadState: () => undefined }),
      "saveState expected JSON data (no NaN, typed arrays or class instances), got Object",
    ],
    [
      "a state that does not continue",
      faulty({ saveState: () => ({}), loadState: () => undefined }),
      "loadState(saveState()) expected the same results afterwards, got others at call 1; " +
        "save the random stream and every counter too",
    ],
    ["a picture that is no text", faulty({ renderText: () => 3 }), "renderText expected text, got 3"],
  ])("%s", async (_name, env, problem) => {
    const report = await checkEnv(env);
    expect(report.problems).toEqual([problem]);
    expect(report.ok).toBe(false);
  });

  test("every kind of fault once, at its first occurrence", async () => {
    const { problems } = await checkEnv(faulty({}, { reward: "1", truncated: undefined, info: null }));
    expect(problems).toEqual([
      "step 1: info expected an object, got null; return {} when there is none",
      'step 1: reward expected a finite number, got "1"',
      "step 1: truncated expected true or false, got undefined",
    ]);
  });

  test("a seed that restarts nothing", async () => {
    const inner = new CartPole();
    inner.reset({ seed: 1 });
    const { problems } = await checkEnv(faulty({ reset: () => inner.reset(), step: (a: number) => inner.step(a) }));
    expect(problems).toEqual([
      "reset({ seed: 0 }) and the same actions expected the same results, got others from reset; " +
        "draw every random number from a stream that the seed restarts",
    ]);
  });
});

describe("reports of goals", () => {
  /** BitFlip with one fault. */
  function faultyGoals(change: Record<string, unknown>): Env {
    const inner = new BitFlip({ n: 3 });
    return {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset: (options) => inner.reset(options),
      step: (action) => inner.step(action as number),
      computeReward: (achieved: number[], desired: number[]) => inner.computeReward(achieved, desired),
      computeTerminated: (achieved: number[], desired: number[]) => inner.computeTerminated(achieved, desired),
      ...change,
    } as Env;
  }
  let asked = 0;

  test.each<[string, Env, string]>([
    [
      "one function of the two",
      faultyGoals({ computeTerminated: undefined }),
      "computeReward and computeTerminated expected two methods or neither",
    ],
    [
      "no dict",
      faultyGoals({ observationSpace: box(0, 1, [3]) }),
      'observationSpace expected a dict of observation, achievedGoal, desiredGoal beside computeReward, got "box"',
    ],
    [
      "a part that is missing",
      faultyGoals({ observationSpace: dict({ observation: multiBinary(3), desiredGoal: multiBinary(3) }) }),
      "observationSpace expected a dict of observation, achievedGoal, desiredGoal beside computeReward, " +
        "got a dict of observation, desiredGoal",
    ],
    [
      "goals of two spaces",
      faultyGoals({
        observationSpace: dict({
          observation: multiBinary(3),
          achievedGoal: multiBinary(3),
          desiredGoal: multiDiscrete([2, 2, 2]),
        }),
      }),
      "achievedGoal and desiredGoal expected the same space, got two: either can take the other's place",
    ],
    [
      "another reward",
      faultyGoals({ computeReward: () => 5 }),
      "step 1: computeReward expected the step's reward -1, got 5; compute it from the two goals alone",
    ],
    [
      "a reward with a memory",
      faultyGoals({ computeReward: () => (asked++ === 0 ? -1 : -2) }),
      "step 1: computeReward when asked again expected the step's reward -1, got -2; compute it from the two goals alone",
    ],
    [
      "another end",
      faultyGoals({ computeTerminated: () => true }),
      "step 1: computeTerminated expected the step's terminated false, got true; compute it from the two goals alone",
    ],
  ])("%s", async (_name, env, problem) => {
    expect((await checkEnv(env)).problems).toEqual([problem]);
  });
});

test("warns of reused observations, endless episodes and unbounded actions", async () => {
  const observation = new Float32Array(1);
  const env: Env = {
    observationSpace: box(-1, 1, [1]),
    actionSpace: box(-Infinity, Infinity, [1]),
    reset: () => ({ observation, info: {} }),
    step: () => ({ observation, reward: 0, terminated: false, truncated: false, info: {} }),
  };
  const report = await checkEnv(env, { steps: 10 });
  expect(report).toEqual({
    ok: true,
    problems: [],
    warnings: [
      "actionSpace has infinite bounds: policies that squash their actions need finite ones",
      "step returns the same observation object every time: whoever keeps one sees it change",
      "no episode ended within 10 steps: wrap the environment in TimeLimit unless it never ends",
      "no saveState and loadState: a resumed run starts a new episode",
    ],
  });
});

test("throws for bad options only", async () => {
  const env: Env = faulty({ actionSpace: discrete(2) });
  await expect(checkEnv(env, { steps: 0 })).rejects.toThrow(
    new RangeError("checkEnv: steps expected an integer at least 1, got 0. Default: 1000."),
  );
  await expect(checkEnv(env, { step: 5 } as never)).rejects.toThrow(
    new RangeError('checkEnv: option expected a known name, got "step". Did you mean steps?'),
  );
});
