// The tables against exact values: gamma 0.99, computed by others from Gymnasium's tables to four digits.

import { describe, expect, test } from "vitest";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { make } from "../../src/envs/registry.ts";
import { isTabular, type TabularEnv, type TransitionTable } from "../../src/envs/tabular.ts";
import { unwrap } from "../../src/envs/wrappers/wrapper.ts";

const DISCOUNT = 0.99;

function optimalValues(table: TransitionTable): number[] {
  const value = new Array<number>(table.length).fill(0);
  for (let change = 1; change > 1e-10; ) {
    change = 0;
    table.forEach((actions, state) => {
      const best = Math.max(
        ...actions.map((outcomes) =>
          outcomes.reduce(
            (sum, o) => sum + o.probability * (o.reward + (o.terminated ? 0 : DISCOUNT * value[o.nextState])),
            0,
          ),
        ),
      );
      change = Math.max(change, Math.abs(best - value[state]));
      value[state] = best;
    });
  }
  return value;
}

const CASES: readonly (readonly [string, Record<string, unknown>, number])[] = [
  ["FrozenLake-v1", {}, 0.542],
  ["FrozenLake-v1", { isSlippery: false }, 0.951],
  ["FrozenLake8x8-v1", {}, 0.4146],
  ["CliffWalking-v1", {}, -12.2479],
  ["CliffWalkingSlippery-v1", {}, -46.3527],
  ["Taxi-v4", {}, 6.3275],
];

describe("optimal value of the start", () => {
  test.each(CASES)("%s %j is %d", (id, options, known) => {
    const env = unwrap(make(id, options)) as TabularEnv;
    expect(isTabular(env)).toBe(true);
    const value = optimalValues(env.transitions());
    const mean = env.startDistribution().reduce((sum, probability, state) => sum + probability * value[state], 0);
    expect(mean).toBeCloseTo(known, 4);
  });
});

test.each(CASES)("%s %j draws outcomes as often as its table says", (id, options) => {
  const env = unwrap(make(id, options)) as TabularEnv;
  const table = env.transitions();
  for (const actions of table) {
    for (const outcomes of actions) {
      expect(outcomes.reduce((sum, outcome) => sum + outcome.probability, 0)).toBeCloseTo(1, 12);
    }
  }
  // Chi-square of 3000 first steps of action 1, seed 0: at most three outcomes, so two degrees of freedom; 18.4 is p = 1e-4.
  const expected = new Map<number, number>();
  env.startDistribution().forEach((start, state) => {
    for (const o of table[state][1])
      expected.set(o.nextState, (expected.get(o.nextState) ?? 0) + start * o.probability);
  });
  if (expected.size > 3) return;
  const seen = new Map<number, number>();
  env.reset({ seed: 0 });
  for (let i = 0; i < 3000; i++) {
    env.reset();
    const { observation } = env.step(1);
    seen.set(observation, (seen.get(observation) ?? 0) + 1);
  }
  let chiSquare = 0;
  for (const [state, share] of expected) chiSquare += ((seen.get(state) ?? 0) - 3000 * share) ** 2 / (3000 * share);
  expect(chiSquare).toBeLessThan(18.4);
});

test("knows which environments are tabular", () => {
  expect(isTabular(new CartPole())).toBe(false);
});
