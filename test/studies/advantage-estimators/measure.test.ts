// The product's estimators on a tabular environment whose true advantages are known: unbiased where they should be, biased as
// calculated where not, and in the order of variances that theory has.

import { describe, expect, test } from "vitest";
import {
  expectedEstimates,
  partlyGreedyPolicy,
  policyAdvantages,
  policyValues,
  type Table,
} from "../../../examples/studies/advantage-estimators/exact.ts";
import {
  advantageQuality,
  Laboratory,
  learnValues,
  type Moments,
  play,
  type Quality,
  valueQuality,
} from "../../../examples/studies/advantage-estimators/measure.ts";
import type { AdvantageSettings } from "../../../src/agents/policy-gradient/advantage.ts";
import { FrozenLake, TimeLimit } from "../../../src/index.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
const DISCOUNT = 0.99;
/** Of 200 steps the last 100 are left out: hardly an episode of one policy's 20 steps on average is longer. */
const SIZE = { steps: 200, environments: 1000 };
const MARGIN = 100;
/** Standard errors, which overlapping estimates of one episode make a little too small. */
const LIMIT = 6;

/** Holes and every step cost: no state's return is almost certain, so that few thousand estimates tell its mean. */
const lake = (): FrozenLake => new FrozenLake({ rewardSchedule: [1, -0.5, -0.02] });
const table = lake().transitions();
const policy = partlyGreedyPolicy(table, DISCOUNT, 0.6);
const values = policyValues(table, policy, DISCOUNT);
const truth = policyAdvantages(table, policy, DISCOUNT);
/** Wrong everywhere, as much as values differ from each other. */
const wrong = values.map((value, s) => value + 0.4 * Math.sin(7 * s));

const experience = play(lake, policy, SIZE, SEED);
const laboratory = new Laboratory(experience, policy, DISCOUNT, MARGIN);

const ESTIMATORS: readonly AdvantageSettings[] = [
  { type: "td" },
  { type: "n-step", steps: 2 },
  { type: "n-step", steps: 5 },
  { type: "gae", lambda: 0.5 },
  { type: "gae", lambda: 0.95 },
  { type: "monte-carlo" },
  { type: "v-trace", rhoBar: 1, cBar: 1, lambda: 1 },
];

function expectMeans(what: string, moments: Moments, expected: Table): void {
  let compared = 0;
  moments.mean.forEach((row, s) => {
    row.forEach((mean, a) => {
      const n = moments.count[s][a];
      if (n < 100) return;
      compared++;
      // Float32 alone makes differences of 1e-7 where nothing is left to chance.
      const standardError = Math.sqrt(moments.variance[s][a] / n) + 1e-6;
      const distance = Math.abs(mean - expected[s][a]) / standardError;
      expect(distance, `seed ${SEED}, ${what}, state ${s}, action ${a}: standard errors`).toBeLessThan(LIMIT);
    });
  });
  expect(compared).toBeGreaterThan(25);
}

describe("with exact values", () => {
  test.each(ESTIMATORS)("%j is unbiased in every state and action", (settings) => {
    expectMeans("exact values", laboratory.estimate(settings, values, "advantage"), truth);
  });

  test.each(ESTIMATORS)("%j is unbiased where episodes are cut", (settings) => {
    const cut = play(() => new TimeLimit(lake(), { maxEpisodeSteps: 7 }), policy, SIZE, SEED);
    const cutLaboratory = new Laboratory(cut, policy, DISCOUNT, 0);
    const moments = cutLaboratory.estimate(settings, values, "advantage");
    expectMeans("cut episodes", moments, truth);
    // What is right about it: taking cuts for terminations is not.
    const terminated = cut.terminated.map((flag, k) => Math.max(flag, cut.truncated[k]));
    const mistaken = new Laboratory({ ...cut, terminated }, policy, DISCOUNT, 0);
    const biased = advantageQuality(mistaken.estimate(settings, values, "advantage"), truth, policy);
    const right = advantageQuality(moments, truth, policy);
    expect(biased.squaredBias).toBeGreaterThan(Math.abs(right.squaredBias) + 1e-3);
  });
});

describe("with wrong values", () => {
  test.each(ESTIMATORS)("%j has the bias that is calculated", (settings) => {
    const { advantage, returns } = expectedEstimates(table, policy, policy, settings, DISCOUNT, wrong);
    expectMeans("advantages", laboratory.estimate(settings, wrong, "advantage"), advantage);
    expectMeans("returns", laboratory.estimate(settings, wrong, "returns"), returns);
  });

  const qualityOf = (settings: AdvantageSettings, of: readonly number[] = wrong): Quality =>
    advantageQuality(laboratory.estimate(settings, of, "advantage"), truth, policy);

  const LADDER: readonly AdvantageSettings[] = [
    { type: "td" },
    ...[0.3, 0.6, 0.8].map((lambda) => ({ type: "gae", lambda }) as const),
    { type: "monte-carlo" },
  ];

  test("bias falls with lambda, from one step to nothing of Monte Carlo's", () => {
    const ladder = LADDER.map((settings) => qualityOf(settings).squaredBias);
    for (let i = 1; i < ladder.length; i++) expect(ladder[i]).toBeLessThan(ladder[i - 1]);
    expect(ladder[0]).toBeGreaterThan(1);
    expect(Math.abs(ladder[ladder.length - 1])).toBeLessThan(0.1);
  });

  // Not where they are wrong: what one step leads to then varies more than what many do.
  test("variance rises with lambda where values are right", () => {
    const ladder = LADDER.map((settings) => qualityOf(settings, values).variance);
    for (let i = 1; i < ladder.length; i++) expect(ladder[i]).toBeGreaterThan(ladder[i - 1]);
  });

  test("variance rises with n where values are right", () => {
    const ladder = [1, 2, 3, 5, 10, 20, 50].map((steps) => qualityOf({ type: "n-step", steps }, values).variance);
    expect(ladder).toEqual([...ladder].sort((a, b) => a - b));
    expect(ladder[ladder.length - 1]).toBeLessThan(qualityOf({ type: "monte-carlo" }, values).variance);
  });

  test("V-trace corrects for another policy: means as calculated, and unbiased without limits", () => {
    const behaviour = partlyGreedyPolicy(table, DISCOUNT, 0.5);
    const steps = play(lake, behaviour, SIZE, SEED);
    const others = new Laboratory(steps, behaviour, DISCOUNT, MARGIN, policy);
    const biases = [0.5, 1, 4].map((bar) => {
      const settings: AdvantageSettings = { type: "v-trace", rhoBar: bar, cBar: bar, lambda: 1 };
      const expected = expectedEstimates(table, behaviour, policy, settings, DISCOUNT, wrong);
      expectMeans(`rho-bar ${bar}: advantages`, others.estimate(settings, wrong, "advantage"), expected.advantage);
      const returns = others.estimate(settings, wrong, "returns");
      expectMeans(`rho-bar ${bar}: returns`, returns, expected.returns);
      return valueQuality(returns, values, wrong).squaredBias;
    });
    expect(biases[0]).toBeGreaterThan(2 * biases[1]);
    expect(biases[1]).toBeGreaterThan(0.02);
    expect(Math.abs(biases[2])).toBeLessThan(0.01);
  });
});

test("values that TD(0) learns come near the policy's", () => {
  const errorAfter = (episodes: number): number => {
    const learned = learnValues(lake, policy, DISCOUNT, { episodes, stepSize: 0.1 }, SEED);
    return Math.max(...learned.map((value, s) => Math.abs(value - values[s])));
  };
  const [none, few, many] = [0, 100, 3000].map(errorAfter);
  expect(none).toBe(Math.max(...values.map(Math.abs)));
  expect(few).toBeLessThan(none);
  expect(many).toBeLessThan(few);
});
