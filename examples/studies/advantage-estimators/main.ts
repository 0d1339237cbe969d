// `npm run study:advantages`: bias and variance of the advantage estimators on FrozenLake-v1, where true advantages are
// known. Writes the figures docs/curves/advantage-*.svg and docs/reports/advantage-estimators/results.csv, and prints the
// tables of docs/advantage-estimators.md. Seeds are fixed and the estimators are those of the library, so the numbers are
// the same on every machine.

import { mkdirSync, writeFileSync } from "node:fs";
import type { AdvantageSettings } from "../../../src/agents/policy-gradient/advantage.ts";
import { lineChartSvg, type Point } from "../../../src/charts/index.ts";
import { FrozenLake, TimeLimit } from "../../../src/index.ts";
import {
  expectation,
  expectedEstimates,
  partlyGreedyPolicy,
  policyAdvantages,
  policyValues,
  type Table,
  type TabularPolicy,
} from "./exact.ts";
import { advantageQuality, Laboratory, learnValues, play, type Quality, valueQuality } from "./measure.ts";

const DISCOUNT = 0.99;
const SIZE = { steps: 2000, environments: 500 };
/** Steps left out at the end of the rollout: more than nearly every episode has. */
const MARGIN = 400;
const LAMBDAS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 1];
const HORIZONS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 50];
/** Numbers of episodes from which values are learned, and number of times that this is repeated. */
const EPISODES = [10, 30, 100, 300];
const LEARNERS = 5;
/** Number of episodes whose values the figures show. */
const SHOWN = 30;
/** Numbers of estimates that are averaged. */
const BATCHES = [1, 10, 100, 1000, 10_000];
const BATCHES_DRAWN = [100, 300, 1000, 3000];

const table = new FrozenLake().transitions();
const policy = partlyGreedyPolicy(table, DISCOUNT, 0.8);
const truth = policyAdvantages(table, policy, DISCOUNT);
const values = policyValues(table, policy, DISCOUNT);
const seeds = Array.from({ length: LEARNERS }, (_, i) => i);

/** Shortens a number for a table. A squared bias that is negative by chance, or not quite 0 by rounding, is shown as 0. */
const short = (value: number): string => String(value < 1e-9 ? 0 : Number(value.toPrecision(3)));
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const average = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
/** Returns the mean squared error of the mean of `batch` estimates. */
const errorOf = ({ squaredBias, variance }: Quality, batch: number): number => squaredBias + variance / batch;

const csv = ["part,setting,values,squared_bias,squared_bias_calculated,variance"];
function record(
  part: string,
  setting: number | string,
  of: number | string,
  quality: Quality,
  calculated: number,
): void {
  const numbers = [quality.squaredBias, calculated, quality.variance].map((value) =>
    (Math.abs(value) < 1e-9 ? 0 : value).toPrecision(4),
  );
  csv.push([part, setting, of, ...numbers].join(","));
}

interface Measured {
  readonly at: number;
  /** Bias from calculation, variance from measurement. */
  readonly quality: Quality;
  readonly measuredBias: number;
}

interface MeasuredTrace extends Measured {
  /** Squared bias of the values to which such targets converge. */
  readonly inTheEnd: number;
}

const laboratory = new Laboratory(
  play(() => new FrozenLake(), policy, SIZE, 1),
  policy,
  DISCOUNT,
  MARGIN,
);

/** Returns means over several sets of values, for every setting. Bias is also calculated: a measured bias contains chance. */
function sweep(
  part: string,
  settings: readonly number[],
  settingsOf: (x: number) => AdvantageSettings,
  guesses: readonly (readonly number[])[],
  name: number | string,
): Measured[] {
  return settings.map((at) => {
    const qualities = guesses.map((guess) => {
      const moments = laboratory.estimate(settingsOf(at), guess, "advantage");
      const { advantage } = expectedEstimates(table, policy, policy, settingsOf(at), DISCOUNT, guess);
      const measured = advantageQuality(moments, truth, policy);
      const calculated = advantageQuality(certain(moments.count, advantage), truth, policy);
      return { ...measured, calculatedBias: calculated.squaredBias };
    });
    const measuredBias = average(qualities.map((q) => q.squaredBias));
    const squaredBias = average(qualities.map((q) => q.calculatedBias));
    const variance = average(qualities.map((q) => q.variance));
    record(part, at, name, { squaredBias: measuredBias, variance }, squaredBias);
    return { at, quality: { squaredBias, variance }, measuredBias };
  });
}

function certain(count: Table, mean: Table): { count: Table; mean: Table; variance: Table } {
  return { count, mean, variance: mean.map((list) => list.map(() => 0)) };
}

// --- GAE and n steps ---------------------------------------------------------------------------------------------------

const gae = (lambda: number): AdvantageSettings => ({ type: "gae", lambda });
const nStep = (steps: number): AdvantageSettings => ({ type: "n-step", steps });
const levels = EPISODES.map((episodes) => {
  const guesses = seeds.map((seed) =>
    learnValues(() => new FrozenLake(), policy, DISCOUNT, { episodes, stepSize: 0.1 }, 1000 * episodes + seed),
  );
  return {
    episodes,
    lambdas: sweep("gae", LAMBDAS, gae, guesses, episodes),
    horizons: sweep("n-step", HORIZONS, nStep, guesses, episodes),
  };
});
sweep("gae", LAMBDAS, gae, [values], "exact");
sweep("n-step", HORIZONS, nStep, [values], "exact");

const best = (points: readonly Measured[], batch: number): Measured =>
  points.reduce((least, point) => (errorOf(point.quality, batch) < errorOf(least.quality, batch) ? point : least));

const shown = levels.find(({ episodes }) => episodes === SHOWN)!;
console.log(`Values from ${SHOWN} episodes\n`);
console.log(row(["estimator", "squared bias", "measured", "variance"]));
for (const [points, nameOf, printed] of [
  [shown.lambdas, (at: number) => `GAE(${at})`, [0, 0.5, 0.8, 0.9, 0.95, 0.99, 1]],
  [shown.horizons, (at: number) => `${at} steps`, [2, 5, 10, 20, 50]],
] as const) {
  for (const { at, quality, measuredBias } of points.filter(({ at }) => (printed as readonly number[]).includes(at))) {
    console.log(row([nameOf(at), ...[quality.squaredBias, measuredBias, quality.variance].map(short)]));
  }
}
console.log(`\nBest lambda and n, and their error, for means of ${BATCHES.join(", ")} estimates\n`);
for (const { episodes, lambdas, horizons } of levels) {
  const cells = BATCHES.map((batch) => {
    const [l, n] = [best(lambdas, batch), best(horizons, batch)];
    return `${l.at}: ${short(errorOf(l.quality, batch))}; ${n.at}: ${short(errorOf(n.quality, batch))}`;
  });
  console.log(row([`${episodes} episodes`, ...cells]));
}

// --- Truncation --------------------------------------------------------------------------------------------------------

const limited = play(() => new TimeLimit(new FrozenLake(), { maxEpisodeSteps: 20 }), policy, SIZE, 2);
const ended = limited.terminated.map((flag, k) => Math.max(flag, limited.truncated[k]));
const asTerminated = { ...limited, terminated: ended };
console.log("\nEpisodes cut after 20 steps, exact values: squared bias, and with cuts taken for terminations\n");
for (const lambda of [0, 0.9, 0.95, 1]) {
  const [right, wrong] = [limited, asTerminated].map((experience) => {
    const moments = new Laboratory(experience, policy, DISCOUNT, MARGIN).estimate(gae(lambda), values, "advantage");
    return advantageQuality(moments, truth, policy);
  });
  record("truncation", lambda, "bootstrapped", right, 0);
  record("truncation", lambda, "terminated", wrong, Number.NaN);
  console.log(row([`GAE(${lambda})`, short(right.squaredBias), short(wrong.squaredBias)]));
}

// --- V-trace -----------------------------------------------------------------------------------------------------------

const BARS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const behaviour: TabularPolicy = partlyGreedyPolicy(table, DISCOUNT, 0.3);
const behaved = policyValues(table, behaviour, DISCOUNT);
const offPolicy = new Laboratory(
  play(() => new FrozenLake(), behaviour, SIZE, 3),
  behaviour,
  DISCOUNT,
  MARGIN,
  policy,
);
console.log("\nV-trace: rho-bar, squared bias, the same measured, variance, squared bias at the fixed point\n");
/** Returns the values to which the targets converge, when their means repeatedly replace the values. */
function fixedPoint(settings: AdvantageSettings): number[] {
  let guess: readonly number[] = behaved;
  for (;;) {
    const { returns } = expectedEstimates(table, behaviour, policy, settings, DISCOUNT, guess);
    const next = expectation(behaviour, returns);
    if (next.every((value, s) => Math.abs(value - guess[s]) < 1e-12)) return next;
    guess = next;
  }
}

function traceSweep(part: string, rhoBars: readonly number[], cBarOf: (rhoBar: number) => number): MeasuredTrace[] {
  return rhoBars.map((rhoBar) => {
    const settings: AdvantageSettings = { type: "v-trace", rhoBar, cBar: cBarOf(rhoBar), lambda: 1 };
    const moments = offPolicy.estimate(settings, behaved, "returns");
    const { squaredBias: measuredBias, variance } = valueQuality(moments, values, behaved);
    const biasOf = (mean: Table): number => valueQuality(certain(moments.count, mean), values, behaved).squaredBias;
    const { returns } = expectedEstimates(table, behaviour, policy, settings, DISCOUNT, behaved);
    const squaredBias = biasOf(returns);
    const inTheEnd = biasOf(fixedPoint(settings).map((value, s) => returns[s].map(() => value)));
    record(part, rhoBar, "behaviour", { squaredBias: measuredBias, variance }, squaredBias);
    console.log(row([part, rhoBar, ...[squaredBias, measuredBias, variance, inTheEnd].map(short)]));
    return { at: rhoBar, quality: { squaredBias, variance }, measuredBias, inTheEnd };
  });
}
const traces = traceSweep("v-trace", BARS, (rhoBar) => Math.min(1, rhoBar));
// From 1.5 on the mean square of c exceeds 1, so the variance of a product of c's grows with every step.
traceSweep("v-trace with c-bar = rho-bar", [1, 1.25, 1.5, 1.75], (rhoBar) => rhoBar);

// --- Figures -----------------------------------------------------------------------------------------------------------

mkdirSync("docs/curves", { recursive: true });
mkdirSync("docs/reports/advantage-estimators", { recursive: true });
const plane = (points: readonly Measured[]): Point[] =>
  points.map(({ quality }) => [quality.squaredBias, quality.variance]);
const [mostBias, mostVariance] = [shown.lambdas[0].quality.squaredBias, shown.lambdas.at(-1)!.quality.variance];
const figures: Record<string, Parameters<typeof lineChartSvg>[0]> = {
  "advantage-lambda": {
    title: "GAE: lambda turns bias into variance, most of it near 1",
    xLabel: "lambda",
    yLabel: "share of the most",
    series: [
      {
        label: "squared bias; 1: of one step",
        points: shown.lambdas.map(({ at, quality }) => [at, quality.squaredBias / mostBias] as const),
      },
      {
        label: "variance; 1: of Monte Carlo",
        points: shown.lambdas.map(({ at, quality }) => [at, quality.variance / mostVariance] as const),
      },
    ],
  },
  "advantage-trade-off": {
    title: "At the same bias, GAE has less variance than n steps",
    xLabel: "squared bias",
    yLabel: "variance of one estimate",
    series: [
      { label: "GAE, lambda from 1 (left) to 0", points: plane(shown.lambdas).reverse() },
      { label: "n steps, n from 50 (left) to 1", points: plane(shown.horizons).reverse() },
    ],
  },
  "advantage-batch": {
    title: "The more estimates are averaged, the more lambda pays",
    xLabel: "lambda",
    yLabel: "squared bias + variance / estimates",
    series: BATCHES_DRAWN.map((batch) => ({
      label: `${batch} estimates`,
      points: shown.lambdas.map(({ at, quality }) => [at, errorOf(quality, batch)] as const),
    })),
  },
  "advantage-v-trace": {
    title: "V-trace: what a larger rho-bar saves in bias costs in variance",
    xLabel: "rho-bar (c-bar: the smaller of it and 1)",
    yLabel: "of value targets; 1: the squared difference between both policies' values",
    series: [
      {
        label: "squared bias of a target",
        points: traces.map(({ at, quality }) => [at, quality.squaredBias] as const),
      },
      { label: "its variance", points: traces.map(({ at, quality }) => [at, quality.variance] as const) },
      { label: "squared bias of what is learned", points: traces.map(({ at, inTheEnd }) => [at, inTheEnd] as const) },
    ],
  },
};
for (const [name, chart] of Object.entries(figures)) writeFileSync(`docs/curves/${name}.svg`, lineChartSvg(chart));
writeFileSync("docs/reports/advantage-estimators/results.csv", `${csv.join("\n")}\n`);
