import { expect, test } from "vitest";
import { MountainCarContinuous } from "../../src/envs/mountain-car-continuous.ts";

test("charges for the force that was asked, and applies the one that is possible", () => {
  const start = { seed: 3 };
  const strong = new MountainCarContinuous();
  const limited = new MountainCarContinuous();
  strong.reset(start);
  limited.reset(start);
  const a = strong.step([3]);
  const b = limited.step([1]);
  expect(a.reward).toBeCloseTo(-0.9, 6);
  expect(b.reward).toBeCloseTo(-0.1, 6);
  expect(a.observation[1]).toBeCloseTo(b.observation[1], 9);
});

test("pays 100 at the goal", () => {
  const env = new MountainCarContinuous();
  let { observation } = env.reset({ seed: 1 });
  let result = env.step([1]);
  for (let i = 0; i < 400 && !result.terminated; i++) {
    observation = result.observation;
    result = env.step([observation[1] >= 0 ? 1 : -1]);
  }
  expect(result.terminated).toBe(true);
  expect(result.reward).toBeCloseTo(99.9, 9);
});

test("takes a Float32Array and a plain array alike", () => {
  const a = new MountainCarContinuous();
  const b = new MountainCarContinuous();
  a.reset({ seed: 1 });
  b.reset({ seed: 1 });
  expect(a.step([0.3])).toEqual(b.step(new Float32Array([0.3])));
});

test("refuses a goal velocity that is no number", () => {
  expect(() => new MountainCarContinuous({ goalVelocity: "0" as never })).toThrow(
    new TypeError('MountainCarContinuous: goalVelocity expected a number, got "0". Gymnasium\'s is 0.'),
  );
});
