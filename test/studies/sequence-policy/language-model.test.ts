// A language model learns the corpus's probabilities, and PPO takes it over as it is.

import { describe, expect, test } from "vitest";
import { Sentences } from "../../../examples/studies/sequence-policy/exact.ts";
import { type Sentence, writeCorpus } from "../../../examples/studies/sequence-policy/language.ts";
import { LanguageModel, NETWORK } from "../../../examples/studies/sequence-policy/language-model.ts";
import { writingSpaces } from "../../../examples/studies/sequence-policy/writing.ts";
import { Pcg64, PPO } from "../../../src/index.ts";
import { RETURNS, TINY } from "./tiny.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
const BEGINNINGS: readonly Sentence[] = [[], [1], [2, 1], [3, 3, 2], [1, 2, 3]];

const corpus = writeCorpus(TINY, 4000, new Pcg64(SEED));
const model = new LanguageModel(TINY, SEED);
const losses = model.learn(corpus, { epochs: 8, batchSize: 256, learningRate: 3e-3 });

const rowsOf = (of: LanguageModel): Float32Array => {
  const rows = new Float32Array(4 * BEGINNINGS.length);
  of.logProbabilities(BEGINNINGS, rows);
  return rows;
};

describe(`maximum likelihood (seed ${SEED})`, () => {
  const sentences = new Sentences(TINY, RETURNS);
  const chain = sentences.chain();

  test("comes near the language that wrote the corpus", () => {
    const before = sentences.qualities(sentences.tabulate(new LanguageModel(TINY, SEED)), chain).divergence;
    const after = sentences.qualities(sentences.tabulate(model), chain).divergence;
    expect(before).toBeGreaterThan(0.5);
    expect(after).toBeLessThan(0.1);
  });

  test("tells the loss of every epoch, which falls to the language's own", () => {
    expect(losses).toHaveLength(8);
    const entropy = -sentences.qualities(chain, chain).logLikelihood;
    expect(losses[0]).toBeGreaterThan(losses[7]);
    expect(Math.abs(losses[7] - entropy)).toBeLessThan(0.03);
  });

  test("starts from and learns the same with the same seed", () => {
    const again = new LanguageModel(TINY, SEED);
    expect(again.learn(corpus, { epochs: 8, batchSize: 256, learningRate: 3e-3 })).toEqual(losses);
    expect(again.exportWeights()).toEqual(model.exportWeights());
  });
});

test("PPO gives tokens the probabilities that the model gives them", () => {
  const agent = new PPO(writingSpaces(TINY), { network: NETWORK, preset: false });
  agent.importWeights(model.exportWeights());
  const rows = rowsOf(model);
  for (const [i, beginning] of BEGINNINGS.entries()) {
    const observation = [0, 1, 2, 3].map((t) => beginning[t] ?? 0);
    const { probabilities } = agent.distribution(observation) as { probabilities: Float32Array };
    probabilities.forEach((p, token) => {
      expect(Math.log(p)).toBeCloseTo(rows[4 * i + token], 5);
    });
  }
});

test("weights come back from PPO as they went", () => {
  const agent = new PPO(writingSpaces(TINY), { network: NETWORK, preset: false });
  agent.importWeights(model.exportWeights());
  const other = new LanguageModel(TINY, SEED + 1);
  expect(rowsOf(other)).not.toEqual(rowsOf(model));
  other.importWeights(agent.exportWeights());
  expect(rowsOf(other)).toEqual(rowsOf(model));
});
