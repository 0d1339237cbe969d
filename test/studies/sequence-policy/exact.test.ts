// What is calculated backwards and forwards through beginnings, against sums over all sentences one by one.

import { describe, expect, test } from "vitest";
import { type Qualities, Sentences, type Table } from "../../../examples/studies/sequence-policy/exact.ts";
import {
  FILM_REVIEWS,
  isGrammatical,
  KINDNESS,
  logLikelihood,
  type Sentence,
} from "../../../examples/studies/sequence-policy/language.ts";
import { LanguageModel } from "../../../examples/studies/sequence-policy/language-model.ts";
import { allSentences, RETURNS, TINY } from "./tiny.ts";

/** Tables are float32. */
const DIGITS = 5;

const sentences = new Sentences(TINY, RETURNS);
const all = allSentences();
const model = new LanguageModel(TINY, 3);
// One step of learning, so that the policy differs from beginning to beginning.
model.learn(
  all.filter((_, i) => i % 7 === 0),
  { epochs: 3, batchSize: 16, learningRate: 0.03 },
);

/** ln of a model's probability of a sentence, asked token by token. */
function logProbabilityOf(of: LanguageModel, sentence: Sentence): number {
  return sentence.reduce((sum, token, t) => {
    const row = new Float32Array(4);
    of.logProbabilities([sentence.slice(0, t)], row);
    return sum + row[token];
  }, 0);
}
const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/** As `Sentences.qualities`, sentence by sentence. */
function qualitiesOf(logPolicy: readonly number[], logReference: readonly number[]): Qualities {
  const mean = (of: (sentence: Sentence, k: number) => number): number =>
    sum(all.map((sentence, k) => Math.exp(logPolicy[k]) * of(sentence, k)));
  const tokens = mean((sentence) => sentence.length);
  return {
    score: mean(RETURNS),
    divergence: mean((_, k) => logPolicy[k] - logReference[k]),
    logLikelihood: mean((sentence) => logLikelihood(TINY, sentence)) / tokens,
    grammatical: mean((sentence) => (isGrammatical(TINY, sentence) ? 1 : 0)),
    tokens,
  };
}

function expectQualities(actual: Qualities, expected: Qualities): void {
  for (const [name, value] of Object.entries(expected)) {
    expect(actual[name as keyof Qualities], name).toBeCloseTo(value, DIGITS);
  }
}

describe("of a tiny language", () => {
  const chain = sentences.chain();
  const policy = sentences.tabulate(model);
  const logChain = all.map((sentence) => logLikelihood(TINY, sentence));
  const logPolicy = all.map((sentence) => logProbabilityOf(model, sentence));

  test("all sentences are gone through", () => {
    expect(sentences.count).toBe(all.length);
    expect(new Set(all.map(String)).size).toBe(1 + 3 + 9 + 27 * 4);
    expect(sentences.best()).toBe(Math.max(...all.map(RETURNS)));
  });

  test("probabilities of all sentences sum to 1", () => {
    expect(sum(logPolicy.map(Math.exp))).toBeCloseTo(1, DIGITS);
    expect(sum(logChain.map(Math.exp))).toBeCloseTo(1, DIGITS);
  });

  test("score, divergence, likelihood, grammar and length of a policy", () => {
    expectQualities(sentences.qualities(policy, chain), qualitiesOf(logPolicy, logChain));
    expectQualities(sentences.qualities(chain, policy), qualitiesOf(logChain, logPolicy));
    expect(sentences.qualities(policy, policy).divergence).toBe(0);
  });

  test("what a policy writes most often", () => {
    const expected = all
      .map((sentence, k) => ({ sentence, probability: Math.exp(logPolicy[k]) }))
      .sort((x, y) => y.probability - x.probability);
    const actual = sentences.likeliest(policy, 5);
    expect(actual.map(({ sentence }) => sentence)).toEqual(expected.slice(0, 5).map(({ sentence }) => sentence));
    actual.forEach(({ probability }, k) => {
      expect(probability).toBeCloseTo(expected[k].probability, DIGITS);
    });
  });

  test.each([0.2, 0.7, 3])("the best policy for a penalty of %d is reference exp(score / beta) / Z", (beta) => {
    const weights = all.map((sentence, k) => Math.exp(logPolicy[k] + RETURNS(sentence) / beta));
    const Z = sum(weights);
    const logBest = weights.map((weight) => Math.log(weight / Z));
    const { objective, policy: best } = sentences.optimum(policy, beta);
    expect(objective).toBeCloseTo(beta * Math.log(Z), DIGITS);
    const q = sentences.qualities(best, policy);
    expectQualities(q, qualitiesOf(logBest, logPolicy));
    expect(q.score - beta * q.divergence).toBeCloseTo(objective, DIGITS);
  });

  test("no other policy reaches the optimum", () => {
    const beta = 0.7;
    const { objective, policy: best } = sentences.optimum(policy, beta);
    const mixed = (share: number): Table =>
      best.map((table, t) => {
        const rows = table.map((value, k) => (1 - share) * value + share * chain[t][k]);
        for (let i = 0; i < rows.length; i += 4) {
          const total = Math.log(sum([...rows.subarray(i, i + 4)].map(Math.exp)));
          for (let a = 0; a < 4; a++) rows[i + a] -= total;
        }
        return rows;
      });
    const reached = [0, 0.3, 1].map((share) => {
      const q = sentences.qualities(mixed(share), policy);
      return q.score - beta * q.divergence;
    });
    expect(reached[0]).toBeCloseTo(objective, DIGITS);
    expect(reached[1]).toBeLessThan(reached[0] - 0.001);
    expect(reached[2]).toBeLessThan(reached[1]);
  });
});

test("of the language of the study there are 6,725,601 sentences, worth 8 at most", () => {
  const many = new Sentences(FILM_REVIEWS, KINDNESS);
  expect(many.count).toBe(6_725_601);
  expect(many.best()).toBe(8);
});
