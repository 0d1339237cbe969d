import { describe, expect, test } from "vitest";
import { QLearning } from "../../../src/agents/tabular/q-learning.ts";
import { Q_LEARNING_PRESETS } from "../../../src/agents/tabular/q-learning-presets.ts";
import { make } from "../../../src/envs/registry.ts";
import { optimalQ, reachable, startMean, tabular } from "../exact-values.ts";

const DISCOUNT = 0.99;
/** The published bar. */
const VALUE_TOLERANCE = 0.02;
/** Actions this close to the best one are equally good up to rounding. */
const TIE = 1e-9;

describe("exact values with the environment's preset", () => {
  test.each([
    { id: "FrozenLake-v1", options: {}, start: 0.542 },
    { id: "FrozenLake-v1", options: { isSlippery: false }, start: 0.951 },
    { id: "CliffWalking-v1", options: {}, start: -12.2479 },
    { id: "Taxi-v4", options: {}, start: 6.3275 },
  ])("the greedy policy of $id $options is optimal, the start's value within 2 %", ({ id, options, start }) => {
    const env = make(id, options);
    const exact = optimalQ(tabular(env).transitions(), DISCOUNT);
    const best = startMean(tabular(env), (state) => Math.max(...exact[state]));
    expect(best).toBeCloseTo(start, 4);

    const agent = new QLearning(env, { seed: 0, discount: DISCOUNT });
    agent.learnSync(Q_LEARNING_PRESETS[id].options.totalSteps!);

    const states = reachable(tabular(env), (state) => agent.act(state));
    const mistakes = [...states].filter((state) => Math.max(...exact[state]) - exact[state][agent.act(state)] > TIE);
    expect(mistakes).toEqual([]);
    const learned = startMean(tabular(env), (state) => Math.max(...agent.qValues(state)));
    expect(Math.abs(learned / best - 1)).toBeLessThan(VALUE_TOLERANCE);
  });

  test("after 1e6 steps of FrozenLake exponent 0.6 is within 2 %, 0.8 more than 15 % off and 1 more than 40 %", () => {
    const distance = (exponent: number): number => {
      const env = make("FrozenLake-v1");
      const agent = new QLearning(env, { stepSize: { type: "visits", exponent }, initialValue: 1, epsilon: 0.3 });
      agent.learnSync(1_000_000);
      return Math.abs(Math.max(...agent.qValues(0)) / 0.542 - 1);
    };
    expect(distance(0.6)).toBeLessThan(VALUE_TOLERANCE);
    expect(distance(0.8)).toBeGreaterThan(0.15);
    expect(distance(1)).toBeGreaterThan(0.4);
  });
});
