// How long sequences are where nobody says it.

import { expect, test } from "vitest";
import { type RecurrentSettings, sequenceStepsOf } from "../../../src/agents/policy-gradient/recurrent-options.ts";
import type { RolloutSettings } from "../../../src/agents/on-policy-options.ts";

const GRU: RecurrentSettings = { type: "gru", units: 8, sequenceSteps: null };
const plan = (rolloutSteps: number, environments: number, minibatches?: number): RolloutSettings =>
  ({ rolloutSteps, environments, minibatches }) as unknown as RolloutSettings;

test.each([
  [32, 8, 1, 32],
  [128, 8, 4, 128],
  [128, 8, 16, 64],
  [2048, 1, 32, 64],
  [10, 1, 3, 2],
  [7, 1, 2, 1],
])(
  "rollouts of %i steps of %i environments in %i minibatches: %i steps",
  (steps, environments, minibatches, expected) => {
    expect(sequenceStepsOf(GRU, plan(steps, environments, minibatches))).toBe(expected);
  },
);

test("as it is said; 1 without memory; the rollout where it is learned from as a whole", () => {
  expect(sequenceStepsOf({ ...GRU, sequenceSteps: 4 }, plan(32, 8, 1))).toBe(4);
  expect(sequenceStepsOf(null, plan(32, 8, 1))).toBe(1);
  expect(sequenceStepsOf(GRU, plan(32, 1))).toBe(32);
});
