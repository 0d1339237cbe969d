import { expect, test } from "vitest";
import { discrete } from "../../src/space.ts";
import { choosePreset } from "../../src/training/preset.ts";
import { countingEnv, countingVector } from "./counting-env.ts";

const PRESETS = {
  "CartPole-v1": { source: "made up", options: { size: 1 } },
  fast: { source: "made up", options: { size: 2 } },
};
const spec = { id: "CartPole-v1", options: {} };
const spaces = { observationSpace: discrete(2), actionSpace: discrete(2) };
const env = { ...countingEnv(0, 3), spec };

test("an environment's own preset is that of its id, in a vector of them too", () => {
  expect(choosePreset("DQN", PRESETS, env, undefined)).toEqual({ size: 1 });
  expect(choosePreset("DQN", PRESETS, Object.assign(countingVector([3]), { spec }), undefined)).toEqual({ size: 1 });
});

test("there is none for spaces alone, for an unknown environment, or where none is asked for", () => {
  expect(choosePreset("DQN", PRESETS, spaces, undefined)).toEqual({});
  expect(choosePreset("DQN", PRESETS, { ...spaces, spec } as never, undefined)).toEqual({});
  expect(choosePreset("DQN", PRESETS, countingEnv(0, 3), undefined)).toEqual({});
  expect(choosePreset("DQN", PRESETS, env, false)).toEqual({});
});

test("a name is a preset anywhere", () => {
  expect(choosePreset("DQN", PRESETS, env, "fast")).toEqual({ size: 2 });
  expect(choosePreset("DQN", PRESETS, spaces, "CartPole-v1")).toEqual({ size: 1 });
});

test("an unknown name is refused, with the nearest", () => {
  expect(() => choosePreset("DQN", PRESETS, env, "CartPole-v0")).toThrow(
    new RangeError('DQN: preset expected one of CartPole-v1, fast, got "CartPole-v0". Did you mean CartPole-v1?'),
  );
  expect(() => choosePreset("DQN", PRESETS, env, "something else entirely")).toThrow("Choose one, or false for none.");
  expect(() => choosePreset("DQN", PRESETS, env, null as never)).toThrow("got null. Choose one, or false for none.");
  // What every object has is no preset.
  expect(() => choosePreset("DQN", PRESETS, spaces, "toString")).toThrow(RangeError);
  expect(choosePreset("DQN", PRESETS, { ...env, spec: { id: "toString", options: {} } }, undefined)).toEqual({});
});
