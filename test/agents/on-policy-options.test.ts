// Options of every algorithm that learns from rollouts of its own.

import { expect, test } from "vitest";
import {
  type MinibatchOptions,
  minibatchFields,
  type RolloutOptions,
  rolloutFields,
} from "../../src/agents/on-policy-options.ts";
import { box, discrete, type Space } from "../../src/space.ts";
import { readOptions } from "../../src/training/options.ts";
import { countingVector } from "../training/counting-env.ts";

const FIELDS = {
  ...rolloutFields({
    ...{ totalSteps: 1000, rolloutSteps: 8, discount: 0.99, learningRate: 1e-3, maxGradientNorm: 0.5 },
    optimizer: { type: "adam" },
  }),
  ...minibatchFields({ epochs: 4, minibatches: 2 }),
};
const SCHEMA = { name: "Probe", fields: FIELDS };
const spaces = (observationSpace: Space = box(-1, 1, [2])) => ({ observationSpace, actionSpace: discrete(2) });
const read = (given: RolloutOptions & MinibatchOptions, at: Parameters<typeof readOptions>[1] = spaces()) =>
  readOptions(SCHEMA, at, given);

test("defaults are the algorithm's, without normalisation", () => {
  expect(read({})).toMatchObject({
    ...{ seed: 0, totalSteps: 1000, environments: 1, rolloutSteps: 8, epochs: 4, minibatches: 2 },
    ...{ normalizeObservations: false, normalizeRewards: false, maxGradientNorm: 0.5 },
  });
});

test("normalisation is switched on by true, or by options", () => {
  expect(read({ normalizeObservations: true, normalizeRewards: { clip: 5 } })).toMatchObject({
    normalizeObservations: { clip: 10, epsilon: 1e-8 },
    normalizeRewards: { clip: 5, epsilon: 1e-8 },
  });
  expect(() => read({ normalizeObservations: true }, spaces(discrete(3)))).toThrow(
    'Probe: normalizeObservations expected a Box to observe, got "discrete".',
  );
  // Rewards are numbers whatever is observed.
  expect(read({ normalizeRewards: true }, spaces(discrete(3))).normalizeRewards).toBeTruthy();
  expect(() => read({ normalizeRewards: "yes" as never })).toThrow("Probe: normalizeRewards expected true, false or");
});

test.each<[object, string]>([
  [{ rolloutSteps: 0 }, "Probe: rolloutSteps expected an integer at least 1 and at most 16777216, got 0."],
  [
    { rolloutSteps: 10_000_000, environments: 2 },
    "Probe: rolloutSteps x environments expected at most 16777216, got 20000000. Lower options.rolloutSteps.",
  ],
  [{ epochs: 0 }, "Probe: epochs expected an integer at least 1 and at most 65536, got 0. Set options.epochs."],
  [{ minibatches: 0 }, "Probe: minibatches expected an integer at least 1, got 0."],
  [
    { minibatches: 9 },
    "Probe: minibatches expected at most the 8 transitions of a rollout, got 9. Raise options.rolloutSteps.",
  ],
])("%o is refused", (given, message) => {
  expect(() => read(given)).toThrow(message);
});

test("a rollout has the steps of all environments there are", () => {
  const vector = countingVector([3, 3, 3]);
  expect(read({ minibatches: 24 }, vector)).toMatchObject({ environments: 3, minibatches: 24 });
  expect(() => read({ minibatches: 25 }, vector)).toThrow("minibatches expected at most the 24 transitions");
});
