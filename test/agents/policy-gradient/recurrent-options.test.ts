// What policies that remember can be told, and how long sequences are where nobody says it.

import { describe, expect, test } from "vitest";
import type { RoundSettings } from "../../../src/agents/on-policy.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import { type RecurrentSettings, sequenceStepsOf } from "../../../src/agents/policy-gradient/recurrent-options.ts";
import { box, discrete } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";
import { countingVector } from "../../training/counting-env.ts";

const GRU: RecurrentSettings = { type: "gru", units: 8, sequenceSteps: null };
const plan = (rolloutSteps: number, environments: number, minibatches?: number): RoundSettings =>
  ({ rolloutSteps, environments, minibatches }) as unknown as RoundSettings;

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

describe("the option", () => {
  const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(2) };
  const read = (recurrent: PPOOptions["recurrent"], options: PPOOptions = {}, at: object = SPACES) =>
    readOptions(PPO.about, at as typeof SPACES, {
      ...{ rolloutSteps: 12, minibatches: 2, ...options, ...(recurrent !== undefined && { recurrent }) },
    }).recurrent;

  test("is none, the name of a layer, or its settings", () => {
    expect([read(undefined), read(null)]).toEqual([null, null]);
    expect(read("gru")).toEqual({ type: "gru", units: 64, sequenceSteps: null });
    expect(read({ type: "gru", units: 8, sequenceSteps: 4 })).toEqual({ type: "gru", units: 8, sequenceSteps: 4 });
  });

  test.each<[unknown, PPOOptions, string]>([
    [5, {}, 'PPO: recurrent expected options, got 5. Use for example { type: "gru", units: 64 }.'],
    ["lstm", {}, 'PPO: recurrent.type expected "gru", got "lstm". Choose it.'],
    [{ type: "gru", unit: 8 }, {}, 'PPO: recurrent: option expected a known name, got "unit". Did you mean units?'],
    [{ type: "gru", units: 0 }, {}, "PPO: recurrent.units expected an integer at least 1 and at most 65536, got 0."],
    [{ type: "gru", sequenceSteps: 0 }, {}, "PPO: recurrent.sequenceSteps expected an integer at least 1, got 0."],
    [
      { type: "gru", sequenceSteps: 5 },
      {},
      "PPO: recurrent.sequenceSteps expected a divisor of the 12 rolloutSteps, got 5. Leave it out for as many as fit.",
    ],
    [
      { type: "gru", sequenceSteps: 12 },
      {},
      "PPO: minibatches expected at most the 1 sequences of a rollout, got 2. Lower recurrent.sequenceSteps.",
    ],
    [
      "gru",
      { network: { convolution: [{ filters: 2, kernel: 1 }] } },
      "PPO: recurrent expected a network without convolutions, got 1. Stack frames instead, or leave one of them out.",
    ],
  ])("%o is refused", (recurrent, options, message) => {
    expect(() => read(recurrent as never, options)).toThrow(message);
  });

  test("goes with every mode of several environments but the one whose resets would stand inside sequences", () => {
    for (const mode of ["same-step", "disabled"] as const) {
      expect(read("gru", {}, countingVector([3, 3], mode))).toMatchObject({ type: "gru" });
    }
    const message =
      'PPO: autoresetMode expected "same-step" or "disabled" beside recurrent, got "next-step". Its resets would stand inside sequences: build the environment in another mode.';
    expect(() => read("gru", {}, countingVector([3, 3], "next-step"))).toThrow(new RangeError(message));
    expect(read(undefined, {}, countingVector([3, 3], "next-step"))).toBe(null);
  });
});
