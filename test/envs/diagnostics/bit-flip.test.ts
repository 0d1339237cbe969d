import { describe, expect, test } from "vitest";
import { Pcg64 } from "../../../src/engine/random.ts";
import { isGoalEnv } from "../../../src/env.ts";
import { BitFlip } from "../../../src/envs/diagnostics/bit-flip.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { RewardClipping } from "../../../src/envs/wrappers/reward-clipping.ts";
import { RewardScaling } from "../../../src/envs/wrappers/reward-scaling.ts";
import { multiBinary } from "../../../src/space.ts";

registerDiagnostics();

test("draws bits and wanted bits from the seed's stream, in this order", () => {
  const { observation } = new BitFlip({ n: 6 }).reset({ seed: 3 });
  const random = new Pcg64(3);
  const bits = Array.from({ length: 6 }, () => random.integers(0, 2));
  const goal = Array.from({ length: 6 }, () => random.integers(0, 2));
  expect(Array.from(observation.observation)).toEqual(bits);
  expect(Array.from(observation.achievedGoal)).toEqual(bits);
  expect(Array.from(observation.desiredGoal)).toEqual(goal);
});

test("pays -1 until the bits are as wanted, then 0, and ends", () => {
  const env = new BitFlip({ n: 4 });
  env.reset({ seed: 0 });
  const random = env.saveState() as object;
  env.loadState({ ...random, episode: [0, 1, 1, 0, 1, 1, 0, 0] });
  const first = env.step(2);
  expect(first).toMatchObject({ reward: -1, terminated: false, truncated: false, info: { isSuccess: false } });
  expect(Array.from(first.observation.observation)).toEqual([0, 1, 0, 0]);
  expect(env.renderText()).toBe("bits 0100\ngoal 1100\n     ^");
  const last = env.step(0);
  expect(last).toMatchObject({ reward: 0, terminated: true, truncated: false, info: { isSuccess: true } });
  expect(Array.from(last.observation.achievedGoal)).toEqual([1, 1, 0, 0]);
  expect(Array.from(last.observation.desiredGoal)).toEqual([1, 1, 0, 0]);
  // A start that is as wanted does not end by itself: the first flip leaves it.
  env.loadState({ ...random, episode: [1, 1, 0, 0, 1, 1, 0, 0] });
  expect([env.step(3).reward, env.step(3).reward]).toEqual([-1, 0]);
});

test("observes copies", () => {
  const env = new BitFlip({ n: 3 });
  const { observation } = env.reset({ seed: 1 });
  const before = JSON.stringify(observation);
  env.step(0);
  expect(JSON.stringify(observation)).toBe(before);
  (observation.desiredGoal as Uint8Array).fill(9);
  expect(Math.max(...Array.from(env.step(0).observation.desiredGoal))).toBeLessThanOrEqual(1);
});

test("is cut off by make after n steps", () => {
  expect(make("BitFlip-v0").spec?.maxEpisodeSteps).toBe(10);
  const env = make("BitFlip-v0", { n: 17 });
  expect(env.spec).toEqual({ id: "BitFlip-v0", options: { n: 17 }, maxEpisodeSteps: 17 });
  expect(make("BitFlip-v0", { n: 17, maxEpisodeSteps: 5 }).spec?.maxEpisodeSteps).toBe(5);
  expect(env.actionSpace).toMatchObject({ kind: "discrete", n: 17 });
  expect(env.observationSpace).toEqual({
    kind: "dict",
    spaces: { observation: multiBinary(17), achievedGoal: multiBinary(17), desiredGoal: multiBinary(17) },
  });
  env.reset({ seed: 5 });
  // Flipping one bit to and fro reaches no goal that is more than one flip away.
  const ends = Array.from({ length: 17 }, () => env.step(0)).map(({ terminated, truncated }) => [
    terminated,
    truncated,
  ]);
  expect(ends.slice(0, 16)).toEqual(Array(16).fill([false, false]));
  expect(ends[16]).toEqual([false, true]);
});

describe("goals", () => {
  test("are recomputed for any pair, without touching the episode", () => {
    const env = new BitFlip({ n: 3 });
    env.reset({ seed: 2 });
    const before = JSON.stringify(env.saveState());
    expect(env.computeReward([1, 0, 1], [1, 0, 1])).toBe(0);
    expect(env.computeReward([1, 0, 1], [1, 0, 0])).toBe(-1);
    expect(env.computeTerminated(Uint8Array.of(0, 1, 1), [0, 1, 1])).toBe(true);
    expect(env.computeTerminated(Uint8Array.of(0, 1, 1), [0, 0, 1])).toBe(false);
    expect(JSON.stringify(env.saveState())).toBe(before);
  });

  test("are seen through wrappers, with the reward that the wrappers make of it", () => {
    const env = make("BitFlip-v0", { n: 3 });
    if (!isGoalEnv(env)) throw new Error("make lost the goals");
    expect([env.computeReward([1, 0, 1], [1, 0, 0]), env.computeTerminated([1, 1, 1], [1, 1, 1])]).toEqual([-1, true]);
    expect(new RewardScaling(env, { scale: 0.25 }).computeReward?.([0, 0, 0], [1, 0, 0])).toBe(-0.25);
    expect(new RewardClipping(env, { low: -0.5 }).computeReward?.([0, 0, 0], [1, 0, 0])).toBe(-0.5);
    expect(isGoalEnv(make("CartPole-v1"))).toBe(false);
  });

  test("are refused unless they are n bits", () => {
    const env = new BitFlip({ n: 2 });
    expect(() => env.computeReward([1], [1, 0])).toThrow(
      new RangeError("BitFlip.computeReward: achievedGoal expected 2 numbers, got [1]. Take it from an observation."),
    );
    expect(() => env.computeTerminated([1, 0], [1, 2])).toThrow(
      new RangeError(
        "BitFlip.computeTerminated: desiredGoal expected 0 or 1 at index 1, got 2. Take it from an observation.",
      ),
    );
  });
});

test("refuses a number of bits that is none", () => {
  expect(() => new BitFlip({ n: 0 })).toThrow(
    new RangeError("BitFlip: n expected an integer at least 1, got 0. It is the number of bits."),
  );
  expect(() => new BitFlip({ bits: 3 } as never)).toThrow(
    new RangeError('BitFlip: option expected a known name, got "bits". Known options: n.'),
  );
});
