// What agents that learn a policy and its value can be told.

import { expect, test } from "vitest";
import { type PolicyOptions, policyFields } from "../../../src/agents/policy-gradient/policy-options.ts";
import { box, discrete, type Space } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";

const DEFAULTS = {
  ...{ totalSteps: 1000, rolloutSteps: 8, learningRate: 1e-3, maxGradientNorm: 0.5 },
  ...{ normalizeAdvantages: true, valueCoefficient: 0.5 },
  optimizer: { type: "adam" },
  advantage: "gae",
} as const;
const read = (given: PolicyOptions, actionSpace: Space = discrete(2), changes: object = {}) =>
  readOptions(
    { name: "Probe", fields: policyFields({ ...DEFAULTS, ...changes }) },
    { observationSpace: box(-1, 1, [2]), actionSpace },
    given,
  );

test("defaults are the algorithm's; networks are tanh and orthogonal, as Stable-Baselines3's", () => {
  expect(read({})).toMatchObject({
    ...{ discount: 0.99, advantage: { type: "gae", lambda: 0.95 }, normalizeAdvantages: true, valueCoefficient: 0.5 },
    ...{ entropyCoefficient: 0, distribution: null, sharedNetwork: false },
    network: { hidden: [64, 64], activation: "tanh", layerNorm: false, initializer: "orthogonal" },
  });
  expect(read({}, discrete(2), { network: { hidden: [8] } }).network).toMatchObject({
    hidden: [8],
    activation: "tanh",
  });
});

test("a Box's actions have a distribution, by name or options; others have one of their own", () => {
  const gaussian = { type: "gaussian", logDeviation: 0, stateDependent: false, squashed: false };
  expect(read({}, box(-1, 1)).distribution).toEqual(gaussian);
  expect(read({ distribution: { type: "gaussian", squashed: true } }, box(-1, 1)).distribution).toEqual({
    ...{ ...gaussian, squashed: true },
  });
  expect(read({ distribution: "gsde" }, box(-1, 1)).distribution).toMatchObject({ type: "gsde" });
  expect(() => read({ distribution: "gaussian" })).toThrow("Probe: distribution expected none for discrete actions");
});

test.each<[PolicyOptions & object, string]>([
  [{ advantage: "v-trace" }, "Probe: advantage.type expected one of gae, monte-carlo, td, n-step, got"],
  [{ normalizeAdvantages: 1 as never }, "Probe: normalizeAdvantages expected true or false, got 1."],
  [
    { valueCoefficient: -1 },
    "Probe: valueCoefficient expected a number at least 0, got -1. It weighs the value's loss.",
  ],
  [{ entropyCoefficient: -0.1 }, "Probe: entropyCoefficient expected a number at least 0, got -0.1."],
  [{ sharedNetwork: 0 as never }, "Probe: sharedNetwork expected true or false, got 0."],
])("%o is refused", (given, message) => {
  expect(() => read(given)).toThrow(message);
});

test("an algorithm may take other estimators", () => {
  const { advantage } = read({ advantage: "v-trace" }, discrete(2), { estimators: ["v-trace"] });
  expect(advantage).toMatchObject({ type: "v-trace", rhoBar: 1 });
});
