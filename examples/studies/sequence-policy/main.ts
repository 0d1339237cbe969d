// `npm run study:sequences`: a small language model learns from a score of whole sentences, with and without a penalty for
// leaving the model that it learned from a corpus. It is compared with the best possible policy. Writes the figures
// docs/curves/sequence-*.svg and docs/reports/sequence-policy/results.csv, and prints the tables of docs/sequence-policy.md.
// Seeds are fixed and all functions are those of the engine, so the numbers are the same on every machine.

import { mkdirSync, writeFileSync } from "node:fs";
import { lineChartSvg, meanAndBand, type Point, type Series } from "../../../src/charts/index.ts";
import { Pcg64 } from "../../../src/index.ts";
import { type Qualities, Sentences, type Table } from "./exact.ts";
import { type AdaptiveBeta, fineTune, type Round } from "./fine-tuning.ts";
import { FILM_REVIEWS, KINDNESS, type Sentence, textOf, writeCorpus } from "./language.ts";
import { LanguageModel } from "./language-model.ts";

const SENTENCES = 20_000;
const SEEDS = [0, 1, 2];
const ROUNDS = 64;
const adaptive = (target: number): AdaptiveBeta => ({ target, initial: 1, gain: 0.5 });
const SETTINGS: readonly { readonly name: string; readonly beta: number | AdaptiveBeta }[] = [
  ...[0, 0.1, 0.2, 0.3, 0.5, 1].map((beta) => ({ name: `beta ${beta}`, beta })),
  ...[2, 6].map((target) => ({ name: `KL near ${target}`, beta: adaptive(target) })),
];
/** Names of the settings in the figures over training. */
const SHOWN = ["beta 0", "beta 0.1", "beta 0.2", "beta 0.5", "KL near 2"];
/** Values of beta on the exact frontier, from large to small divergence. */
const FRONTIER = [
  ...[0.06, 0.07, 0.074, 0.078, 0.08, 0.082, 0.084, 0.086, 0.09, 0.1, 0.11, 0.12, 0.135, 0.15, 0.175, 0.2, 0.25],
  ...[0.3, 0.4, 0.5, 0.7, 1, 1.5, 2.5, 5, 20],
];

const short = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const average = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const csv = ["part,setting,seed,beta,score,kl,log_likelihood_per_token,grammatical,tokens,objective,optimum"];
function record(
  part: string,
  setting: string,
  seed: number | "",
  beta: number | "",
  q: Qualities,
  optimum?: number,
): void {
  const { score, divergence, logLikelihood, grammatical, tokens } = q;
  const numbers = [score, divergence, logLikelihood, grammatical, tokens];
  if (optimum !== undefined && beta !== "") numbers.push(score - beta * divergence, optimum);
  const cells = numbers.map((value) => (Math.abs(value) < 1e-6 ? 0 : value).toPrecision(5));
  csv.push([part, setting, seed, beta === "" ? "" : Number(beta.toPrecision(5)), ...cells].join(","));
}
const cellsOf = (q: Qualities): string[] => [
  q.score.toFixed(2),
  q.divergence.toFixed(2),
  q.logLikelihood.toFixed(2),
  percent(q.grammatical),
];
const written = (list: readonly { readonly sentence: Sentence; readonly probability: number }[]): string =>
  list.map(({ sentence, probability }) => `${textOf(FILM_REVIEWS, sentence)} (${percent(probability)})`).join(", ");

// --- The reference: maximum likelihood on a corpus ---------------------------------------------------------------------

const corpus = writeCorpus(FILM_REVIEWS, SENTENCES, new Pcg64(1));
const model = new LanguageModel(FILM_REVIEWS, 1);
model.learn(corpus, { epochs: 4, batchSize: 256, learningRate: 3e-3 });
model.learn(corpus, { epochs: 2, batchSize: 1024, learningRate: 5e-4 });
const weights = model.exportWeights();

const sentences = new Sentences(FILM_REVIEWS, KINDNESS);
const chain = sentences.chain();
const reference = sentences.tabulate(model);
const ofChain = sentences.qualities(chain, chain);
const ofReference = sentences.qualities(reference, reference);
const fromChain = sentences.qualities(reference, chain).divergence;
console.log(`${sentences.count} sentences, scores up to ${sentences.best()}`);
console.log(`KL(reference || language): ${short(fromChain)} nats a sentence\n`);
console.log(row(["", "score", "KL", "ln p of a token", "grammatical"]));
console.log(row(["language", ...cellsOf(ofChain)]));
console.log(row(["reference", ...cellsOf(ofReference)]));
record("language", "", "", "", ofChain);
record("reference", "", "", "", ofReference);

// --- The best possible policies ----------------------------------------------------------------------------------------

const frontier = FRONTIER.map((beta): { readonly beta: number; readonly q: Qualities } => {
  const { objective, policy } = sentences.optimum(reference, beta);
  const q = sentences.qualities(policy, reference);
  record("optimum", "", "", beta, q, objective);
  return { beta, q };
});

/** Returns the best score at a divergence, interpolated between two points of the frontier. */
function scoreAt(divergence: number): number {
  const points = frontier.map(({ q }): Point => [q.divergence, q.score]).sort((a, b) => a[0] - b[0]);
  const above = points.findIndex(([x]) => x >= divergence);
  if (above <= 0) return above === 0 ? points[0][1] : sentences.best();
  const [[x0, y0], [x1, y1]] = [points[above - 1], points[above]];
  return y0 + ((y1 - y0) * (divergence - x0)) / (x1 - x0);
}

// --- Fine-tuning -------------------------------------------------------------------------------------------------------

interface Run {
  readonly seed: number;
  readonly rounds: readonly Round[];
  /** beta of the last round. */
  readonly beta: number;
  readonly q: Qualities;
  readonly optimum: number;
  readonly likeliest: ReturnType<Sentences["likeliest"]>;
}

function tune(name: string, given: number | AdaptiveBeta, seed: number): Run {
  const rounds: Round[] = [];
  const policy = fineTune(FILM_REVIEWS, KINDNESS, weights, { seed, rounds: ROUNDS, beta: given }, (round) => {
    rounds.push(round);
  });
  const tuned = new LanguageModel(FILM_REVIEWS, seed);
  tuned.importWeights(policy.exportWeights());
  policy.dispose();
  const table: Table = sentences.tabulate(tuned);
  const q = sentences.qualities(table, reference);
  const { beta } = rounds[rounds.length - 1];
  const optimum = beta === 0 ? sentences.best() : sentences.optimum(reference, beta).objective;
  record("fine-tuned", name, seed, beta, q, optimum);
  return { seed, rounds, beta, q, optimum, likeliest: sentences.likeliest(table, 3) };
}

/** Returns the share of the possible gain over the reference that the run reached. */
const shareOf = ({ q, beta, optimum }: Run): number =>
  (q.score - beta * q.divergence - ofReference.score) / (optimum - ofReference.score);

const results = SETTINGS.map(({ name, beta }) => ({ name, runs: SEEDS.map((seed) => tune(name, beta, seed)) }));
const meanOf = (runs: readonly Run[]): Qualities => {
  const mean = (of: (q: Qualities) => number): number => average(runs.map(({ q }) => of(q)));
  return {
    score: mean((q) => q.score),
    divergence: mean((q) => q.divergence),
    logLikelihood: mean((q) => q.logLikelihood),
    grammatical: mean((q) => q.grammatical),
    tokens: mean((q) => q.tokens),
  };
};
console.log(`\nAfter ${results[0].runs[0].rounds.at(-1)!.tokens} tokens, means of ${SEEDS.length} seeds\n`);
console.log(
  row([
    "",
    "beta at the end",
    "score",
    "KL",
    "ln p of a token",
    "grammatical",
    "objective",
    "optimum",
    "share",
    "worst",
  ]),
);
for (const { name, runs } of results) {
  const objective = average(runs.map(({ q, beta }) => q.score - beta * q.divergence));
  const shares = runs.map(shareOf);
  const ends = [objective, average(runs.map(({ optimum }) => optimum))].map((value) => value.toFixed(3));
  const beta = short(average(runs.map((run) => run.beta)));
  console.log(
    row([name, beta, ...cellsOf(meanOf(runs)), ...ends, ...[average(shares), Math.min(...shares)].map(percent)]),
  );
}
console.log("\nScore, and the best at the same divergence\n");
for (const { name, runs } of results) {
  console.log(row([name, ...runs.map(({ q }) => `${q.score.toFixed(2)} of ${scoreAt(q.divergence).toFixed(2)}`)]));
}
console.log("\nWhat is written most often\n");
console.log(row(["language", written(sentences.likeliest(chain, 3))]));
console.log(row(["reference", written(sentences.likeliest(reference, 3))]));
for (const { name, runs } of results) console.log(row([name, written(runs[0].likeliest)]));

// --- Figures -----------------------------------------------------------------------------------------------------------

mkdirSync("docs/curves", { recursive: true });
mkdirSync("docs/reports/sequence-policy", { recursive: true });

function seriesOf(names: readonly string[], of: (round: Round) => number): Series[] {
  return results
    .filter(({ name }) => names.includes(name))
    .map(({ name, runs }) => ({
      label: name,
      ...meanAndBand(
        runs.map(({ rounds }) => rounds.map((round): Point => [round.tokens, of(round)])),
        ROUNDS,
      ),
    }));
}

const overTraining = { xLabel: "tokens written" };
const ends = results.filter(({ name }) => name.startsWith("beta") && name !== "beta 0").map(({ runs }) => meanOf(runs));
const adapting = results.filter(({ name }) => name.startsWith("KL")).map(({ name }) => name);
const figures: Record<string, Parameters<typeof lineChartSvg>[0]> = {
  "sequence-score": {
    ...overTraining,
    title: "Score of a sentence: the smaller the penalty, the higher",
    yLabel: "mean score",
    series: seriesOf(SHOWN, ({ score }) => score),
  },
  "sequence-grammatical": {
    ...overTraining,
    title: "Without a penalty no grammatical sentence is left",
    yLabel: "share of sentences without a slip",
    threshold: { value: ofReference.grammatical, label: "reference" },
    series: seriesOf(SHOWN, ({ grammatical }) => grammatical),
  },
  "sequence-likelihood": {
    ...overTraining,
    title: "How probable what is written is in the language",
    yLabel: "ln of the probability of a token",
    threshold: { value: ofReference.logLikelihood, label: "reference" },
    series: seriesOf(SHOWN, ({ logLikelihood }) => logLikelihood),
  },
  "sequence-divergence": {
    ...overTraining,
    title: "Distance from the reference",
    yLabel: "KL divergence of a sentence, nats",
    series: seriesOf(
      SHOWN.filter((name) => name !== "beta 0"),
      ({ divergence }) => divergence,
    ),
  },
  "sequence-adaptive": {
    ...overTraining,
    title: "Beta that moves to hold the divergence at 2 and at 6 nats",
    yLabel: "beta, and KL divergence in nats",
    series: [
      ...seriesOf(adapting, ({ divergence }) => divergence),
      ...seriesOf(adapting, ({ beta }) => beta).map((series) => ({ ...series, label: `${series.label}: beta` })),
    ],
  },
  "sequence-frontier": {
    title: "PPO reaches the best score that each distance allows",
    xLabel: "KL divergence of a sentence, nats",
    yLabel: "mean score",
    series: [
      {
        label: "best possible",
        points: frontier.map(({ q }): Point => [q.divergence, q.score]).filter(([x]) => x < 40),
      },
      { label: "PPO, beta 0.1 (right) to 1", points: ends.map((q): Point => [q.divergence, q.score]) },
      {
        label: "beta 0 while it learns",
        points: results[0].runs[0].rounds.map((round): Point => [round.divergence, round.score]),
      },
    ],
  },
};
for (const [name, chart] of Object.entries(figures)) writeFileSync(`docs/curves/${name}.svg`, lineChartSvg(chart));
writeFileSync("docs/reports/sequence-policy/results.csv", `${csv.join("\n")}\n`);
