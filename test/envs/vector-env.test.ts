import { describe, expect, test } from "vitest";
import { isVectorEnv } from "../../src/env.ts";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { MountainCar } from "../../src/envs/mountain-car.ts";
import { make } from "../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";
import { EpisodeStatistics } from "../../src/envs/wrappers/episode-statistics.ts";
import { StateError } from "../../src/errors.ts";

const short = () => make("MountainCar-v0", { maxEpisodeSteps: 3 });
const row = (list: Float32Array, i: number, size = 2): number[] => Array.from(list.subarray(i * size, (i + 1) * size));

test("seeds environment i with seed + i, or each with its own", () => {
  const vector = new SyncVectorEnv(() => make("CartPole-v1"), { count: 3 });
  const expected = [5, 6, 7].flatMap((seed) => Array.from(new CartPole().reset({ seed }).observation));
  expect(Array.from(vector.reset({ seed: 5 }).observation)).toEqual(expected);
  expect(Array.from(vector.reset({ seed: [5, 6, 7] }).observation)).toEqual(expected);
});

test("steps each environment with its action", () => {
  const vector = new SyncVectorEnv(() => make("CartPole-v1"), { count: 2 });
  vector.reset({ seed: 1 });
  const { observation, reward, terminated, truncated } = vector.step([0, 1]);
  const alone = [0, 1].flatMap((action) => {
    const env = new CartPole();
    env.reset({ seed: 1 + action });
    return Array.from(env.step(action).observation);
  });
  expect(Array.from(observation)).toEqual(alone);
  expect([reward, terminated, truncated]).toEqual([Float64Array.of(1, 1), Uint8Array.of(0, 0), Uint8Array.of(0, 0)]);
});

test("shows Discrete observations one-hot", () => {
  const vector = new SyncVectorEnv(() => make("CliffWalking-v1"), { count: 2 });
  const { observation } = vector.reset({ seed: 0 });
  expect(observation).toHaveLength(96);
  expect([observation[36], observation[48 + 36], observation.reduce((sum, x) => sum + x)]).toEqual([1, 1, 2]);
});

test("reuses its buffers", () => {
  const vector = new SyncVectorEnv(() => make("CartPole-v1"), { count: 2 });
  const start = vector.reset({ seed: 0 });
  const first = vector.step([0, 0]);
  const second = vector.step([1, 1]);
  expect(second).toBe(first);
  expect(second.observation).toBe(start.observation);
});

describe("autoreset", () => {
  test("next-step: the step after the end resets, with reward 0 and its action ignored", () => {
    const vector = new SyncVectorEnv(short, { count: 1 });
    const alone = short();
    vector.reset({ seed: 3 });
    alone.reset({ seed: 3 });
    for (let i = 0; i < 3; i++) alone.step(1);
    vector.step([1]);
    vector.step([1]);
    expect(vector.step([1]).truncated[0]).toBe(1);
    const after = vector.step([99]);
    expect([after.reward[0], after.truncated[0], after.terminated[0]]).toEqual([0, 0, 0]);
    expect(row(after.observation, 0)).toEqual(Array.from(alone.reset().observation as Float32Array));
    expect(vector.step([1]).reward[0]).toBe(-1);
  });

  test("same-step: the ending step shows the new episode and keeps the last observation and info", () => {
    const vector = new SyncVectorEnv(() => new EpisodeStatistics(short()), { count: 2, autoresetMode: "same-step" });
    const alone = short();
    vector.reset({ seed: 3 });
    alone.reset({ seed: 4 });
    vector.step([0, 1]);
    vector.step([0, 1]);
    alone.step(1);
    alone.step(1);
    const last = alone.step(1).observation as Float32Array;
    const result = vector.step([0, 1]);
    expect(Array.from(result.truncated)).toEqual([1, 1]);
    expect(row(result.finalObservation, 1)).toEqual(Array.from(last));
    expect(row(result.observation, 1)).toEqual(Array.from(alone.reset().observation as Float32Array));
    expect(result.info[1]).toEqual({ finalInfo: { episode: { return: -3, length: 3 } } });
    expect(Array.from(vector.step([0, 1]).reward)).toEqual([-1, -1]);
  });

  test("disabled: the caller resets the ended ones with resetMask", () => {
    const vector = new SyncVectorEnv((i) => make("MountainCar-v0", { maxEpisodeSteps: 2 + i }), {
      count: 2,
      autoresetMode: "disabled",
    });
    vector.reset({ seed: 0 });
    vector.step([1, 1]);
    const ended = vector.step([1, 1]);
    expect(Array.from(ended.truncated)).toEqual([1, 0]);
    const other = row(ended.observation, 1);
    expect(() => vector.step([1, 1])).toThrow(
      new StateError(
        "SyncVectorEnv.step: environment 0 expected a running episode, got an ended one. Call reset({ resetMask }).",
      ),
    );
    const { observation } = vector.reset({ resetMask: [true, false] });
    expect(row(observation, 1)).toEqual(other);
    expect(Array.from(vector.step([1, 1]).truncated)).toEqual([0, 1]);
  });
});

test("continues from a saved state, waiting resets included", () => {
  const build = (): SyncVectorEnv =>
    new SyncVectorEnv((i) => make("MountainCar-v0", { maxEpisodeSteps: 3 + i }), { count: 3 });
  const trace = (vector: SyncVectorEnv): number[][] =>
    Array.from({ length: 12 }, (_, i) => {
      const result = vector.step([i % 3, 1, 2]);
      return [...result.observation, ...result.reward, ...result.truncated];
    });
  const vector = build();
  vector.reset({ seed: 0 });
  for (let i = 0; i < 3; i++) vector.step([0, 1, 2]);
  const state = JSON.parse(JSON.stringify(vector.saveState?.()));
  const rest = trace(vector);
  const other = build();
  other.loadState?.(state);
  expect(trace(other)).toEqual(rest);
  expect(() => other.loadState?.({ phase: [1], envs: [] })).toThrow(
    new TypeError(
      "SyncVectorEnv.loadState: state expected one of 3 environments, got Object. Load it with the count it was saved with.",
    ),
  );
});

test("steps no environment when one action is refused", () => {
  const vector = new SyncVectorEnv(() => make("CartPole-v1"), { count: 2 });
  expect(() => vector.step([0, 0])).toThrow(
    new StateError("SyncVectorEnv.step: environment 0 expected a reset first, got none. Call reset()."),
  );
  vector.reset({ seed: 0 });
  const before = JSON.stringify(vector.saveState?.());
  expect(() => vector.step([0, 2])).toThrow(
    new RangeError("SyncVectorEnv.step: action 1 expected an integer in 0..1, got 2. Take it from the actionSpace."),
  );
  expect(() => vector.step([0])).toThrow(
    new RangeError("SyncVectorEnv.step: actions expected 2, got 1. Give one per environment."),
  );
  expect(JSON.stringify(vector.saveState?.())).toBe(before);
});

test("refuses bad options, seeds and masks", () => {
  const create = () => new CartPole();
  expect(() => new SyncVectorEnv(create, { count: 0 })).toThrow(
    new RangeError("SyncVectorEnv: count expected an integer at least 1, got 0. It is the number of environments."),
  );
  expect(() => new SyncVectorEnv(create, { count: 1, autoresetMode: "never" as never })).toThrow(
    new RangeError(
      'SyncVectorEnv: autoresetMode expected "next-step", "same-step" or "disabled", got "never". Default: "next-step".',
    ),
  );
  expect(() => new SyncVectorEnv((i) => (i === 1 ? new MountainCar() : new CartPole()), { count: 2 })).toThrow(
    new RangeError(
      "SyncVectorEnv: spaces expected the same in all environments, got others in environment 1. Create all alike.",
    ),
  );
  const vector = new SyncVectorEnv(create, { count: 2 });
  expect(() => vector.reset({ seed: [1] })).toThrow(
    new RangeError("SyncVectorEnv.reset: seed expected one number or 2, got [1]. Give each its own."),
  );
  expect(() => vector.reset({ seed: -1 })).toThrow(RangeError);
  expect(() => vector.reset({ resetMask: [false, false] })).toThrow(
    new RangeError(
      "SyncVectorEnv.reset: resetMask expected 2 booleans, one of them true, got [false, false]. Leave it out to reset all.",
    ),
  );
});

test("knows what it is made of: the identity of its environments", () => {
  expect(new SyncVectorEnv(() => make("CartPole-v1"), { count: 2 }).spec).toEqual(make("CartPole-v1").spec);
  expect(new SyncVectorEnv(() => new CartPole(), { count: 2 }).spec).toBeUndefined();
});

test("is told from a single environment and from spaces alone", () => {
  const env = make("CartPole-v1");
  const { observationSpace, actionSpace } = env;
  expect([new SyncVectorEnv(() => env, { count: 1 }), env, { observationSpace, actionSpace }].map(isVectorEnv)).toEqual(
    [true, false, false],
  );
});
