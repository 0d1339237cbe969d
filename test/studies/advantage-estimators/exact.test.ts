// What is calculated about tabular environments, against answers by hand.

import { describe, expect, test } from "vitest";
import {
  backup,
  expectation,
  expectedEstimates,
  optimalValues,
  partlyGreedyPolicy,
  policyAdvantages,
  policyValues,
} from "../../../examples/studies/advantage-estimators/exact.ts";
import type { AdvantageSettings } from "../../../src/agents/policy-gradient/advantage.ts";
import type { TransitionTable } from "../../../src/envs/tabular.ts";
import { FrozenLake } from "../../../src/index.ts";

/** State 0: action 0 stays for 1, action 1 goes to state 1 for 0. State 1: both end the episode, for 4 and for 8. */
const CHAIN: TransitionTable = [
  [
    [{ probability: 1, nextState: 0, reward: 1, terminated: false }],
    [{ probability: 1, nextState: 1, reward: 0, terminated: false }],
  ],
  [
    [{ probability: 1, nextState: 0, reward: 4, terminated: true }],
    [{ probability: 1, nextState: 0, reward: 8, terminated: true }],
  ],
];
const HALF = [
  [0.5, 0.5],
  [0.5, 0.5],
];

function expectNear(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  actual.forEach((row, s) => {
    row.forEach((value, a) => {
      expect(value, `[${s}][${a}]`).toBeCloseTo(expected[s][a], 10);
    });
  });
}

describe("by hand", () => {
  test("values and advantages of a policy", () => {
    // V1 = 6; V0 = 0.5 (1 + 0.5 V0) + 0.5 (0.5 x 6) = 2 + 0.25 V0
    expectNear([policyValues(CHAIN, HALF, 0.5)], [[8 / 3, 6]]);
    expectNear(policyAdvantages(CHAIN, HALF, 0.5), [
      [-1 / 3, 1 / 3],
      [-2, 2],
    ]);
  });

  test("the best values, and the policy that mostly goes for them", () => {
    expectNear([optimalValues(CHAIN, 0.5)], [[4, 8]]);
    expectNear(partlyGreedyPolicy(CHAIN, 0.5, 0.8), [
      [0.1, 0.9],
      [0.1, 0.9],
    ]);
  });

  test("what estimators make of wrong values", () => {
    const wrong = [0, 2];
    const of = (settings: AdvantageSettings) => expectedEstimates(CHAIN, HALF, HALF, settings, 0.5, wrong).advantage;
    // delta: 1 + 0 - 0, 0 + 0.5 x 2 - 0; 4 - 2, 8 - 2
    expectNear(of({ type: "td" }), [
      [1, 1],
      [2, 6],
    ]);
    // Two steps from state 0: 1 + 0.5 x (mean of 1 and 1), 0 + 0.5 x 6
    expectNear(of({ type: "n-step", steps: 2 }), [
      [1.5, 3],
      [2, 6],
    ]);
    // D0 = 1 + 0.25 (0.5 D0 + 0.5 x 4), D1 = 4
    const D0 = 1.5 / 0.875;
    expectNear(of({ type: "gae", lambda: 0.5 }), [
      [1 + 0.25 * D0, 2],
      [2, 6],
    ]);
    // Returns do not depend on values: V of above.
    expectNear(of({ type: "monte-carlo" }), [
      [1 + 0.5 * (8 / 3), 3],
      [2, 6],
    ]);
  });

  test("what V-trace makes of another policy's steps", () => {
    const target = [
      [0, 1],
      [0.25, 0.75],
    ];
    const settings: AdvantageSettings = { type: "v-trace", rhoBar: 1.25, cBar: 1, lambda: 1 };
    const { advantage, returns } = expectedEstimates(CHAIN, HALF, target, settings, 0.5, [0, 2]);
    // ratios 0, 2; 0.5, 1.5: rho 0, 1.25; 0.5, 1.25. D1 = (0.5 x 2 + 1.25 x 6) / 2, D0 = (0 + 1.25 + 0.5 D1) / 2
    const D1 = 4.25;
    expectNear(returns, [
      [0, 1.25 + 0.5 * D1],
      [3, 9.5],
    ]);
    expectNear(advantage, [
      [0, 1.25 * (0.5 * (2 + D1))],
      [1, 7.5],
    ]);
  });
});

describe("on FrozenLake", () => {
  const table = new FrozenLake().transitions();
  const policy = partlyGreedyPolicy(table, 0.99, 0.8);
  const values = policyValues(table, policy, 0.99);
  const truth = policyAdvantages(table, policy, 0.99);

  test("values are their own backup, and advantages none on average", () => {
    expectNear([expectation(policy, backup(table, 0.99, values))], [values]);
    expectNear([expectation(policy, truth)], [values.map(() => 0)]);
  });

  test.each<AdvantageSettings>([
    { type: "td" },
    { type: "n-step", steps: 5 },
    { type: "gae", lambda: 0.9 },
    { type: "monte-carlo" },
  ])("exact values make $type right", (settings) => {
    expectNear(expectedEstimates(table, policy, policy, settings, 0.99, values).advantage, truth);
  });

  test("V-trace without limits finds the other policy's values from any values", () => {
    const behaviour = partlyGreedyPolicy(table, 0.99, 0.5);
    const settings: AdvantageSettings = { type: "v-trace", rhoBar: 100, cBar: 100, lambda: 1 };
    const wrong = values.map((_, s) => Math.sin(s));
    const { returns } = expectedEstimates(table, behaviour, policy, settings, 0.99, wrong);
    expectNear([expectation(behaviour, returns)], [values]);
  });
});
