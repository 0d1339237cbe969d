import { expect, test } from "vitest";
import { CartPole } from "../../../src/envs/cart-pole.ts";
import { MountainCar } from "../../../src/envs/mountain-car.ts";
import { ObservationRescaling } from "../../../src/envs/wrappers/observation-rescaling.ts";

test("maps the bounds of the space to -1 and 1", () => {
  const env = new ObservationRescaling(new MountainCar());
  const { observation } = env.reset({ options: { low: -0.3, high: -0.3 } });
  const [position, velocity] = Array.from(observation as Float32Array);
  expect(position).toBeCloseTo(0, 6); // halfway between -1.2 and 0.6
  expect(velocity).toBeCloseTo(0, 6);
  expect([env.observationSpace.low, env.observationSpace.high]).toEqual([
    [-1, -1],
    [1, 1],
  ]);
});

test("maps given bounds to given bounds", () => {
  const options = { low: [-1.2, -0.1], high: [0.6, 0.1], targetLow: 0, targetHigh: 10 };
  const env = new ObservationRescaling(new MountainCar(), options);
  const { observation } = env.reset({ options: { low: 0.15, high: 0.15 } });
  const [position, velocity] = Array.from(observation as Float32Array);
  expect(position).toBeCloseTo(7.5, 5);
  expect(velocity).toBeCloseTo(5, 5);
});

test("refuses infinite bounds unless others are given", () => {
  expect(() => new ObservationRescaling(new CartPole())).toThrow(
    new RangeError(
      "ObservationRescaling: bounds expected finite numbers, low below high, got -Infinity and Infinity at index 1. " +
        "Give low and high, or use ObservationNormalisation.",
    ),
  );
  expect(new ObservationRescaling(new CartPole(), { low: -3, high: 3 }).observationSpace.low).toEqual([-1, -1, -1, -1]);
  expect(() => new ObservationRescaling(new MountainCar(), { targetLow: 1, targetHigh: 1 })).toThrow(
    new RangeError("ObservationRescaling: targetHigh expected a number above 1, got 1. Default: 1."),
  );
});
