import { expect, test } from "vitest";
import { CartPole } from "../../../src/envs/cart-pole.ts";
import { ObservationSelection } from "../../../src/envs/wrappers/observation-selection.ts";
import { box, discrete } from "../../../src/space.ts";

test("shows the entries that were asked for, in their order, with their bounds", () => {
  const open = new CartPole();
  const env = new ObservationSelection(new CartPole(), { entries: [2, 0] });
  const [position, , angle] = Array.from(open.reset({ seed: 1 }).observation);
  expect(env.reset({ seed: 1 }).observation).toEqual(Float32Array.of(angle, position));
  const [nextPosition, , nextAngle] = Array.from(open.step(1).observation);
  expect(env.step(1).observation).toEqual(Float32Array.of(nextAngle, nextPosition));
  const { low, high } = open.observationSpace;
  expect(env.observationSpace).toEqual(box([low[2], low[0]], [high[2], high[0]]));
});

test("refuses entries that are not of the observation, twice the same, or none", () => {
  const wrong = (entries: unknown): (() => unknown) => {
    return () => new ObservationSelection(new CartPole(), { entries: entries as number[] });
  };
  expect(wrong([4])).toThrow(
    new RangeError(
      "ObservationSelection: entries expected different integers in 0..3, at least one, got [4]. They say what is shown.",
    ),
  );
  for (const entries of [[], [0, 0], [-1], [0.5], "0", undefined]) expect(wrong(entries)).toThrow(RangeError);
});

test("refuses observations other than a list of numbers", () => {
  const env = { observationSpace: box(0, 1, [2, 2]), actionSpace: discrete(2), reset: null, step: null } as never;
  expect(() => new ObservationSelection(env, { entries: [0] })).toThrow(
    new TypeError(
      "ObservationSelection: observationSpace expected a box of one dimension, got [2, 2]. Flatten it first.",
    ),
  );
  const counted = { observationSpace: discrete(3), actionSpace: discrete(2), reset: null, step: null } as never;
  expect(() => new ObservationSelection(counted, { entries: [0] })).toThrow(/expected a box, got "discrete"/);
});
