// PPO with a penalty for leaving a reference, on a language small enough to know the best that there is.

import { describe, expect, test } from "vitest";
import { type Qualities, Sentences } from "../../../examples/studies/sequence-policy/exact.ts";
import {
  type AdaptiveBeta,
  adapted,
  fineTune,
  logRatioOf,
  type Round,
} from "../../../examples/studies/sequence-policy/fine-tuning.ts";
import { writeCorpus } from "../../../examples/studies/sequence-policy/language.ts";
import { LanguageModel } from "../../../examples/studies/sequence-policy/language-model.ts";
import { Writing } from "../../../examples/studies/sequence-policy/writing.ts";
import { Pcg64, PPO } from "../../../src/index.ts";
import { RETURNS, TINY } from "./tiny.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
/** Standard errors. */
const LIMIT = 5;

const model = new LanguageModel(TINY, SEED);
model.learn(writeCorpus(TINY, 4000, new Pcg64(SEED)), { epochs: 4, batchSize: 256, learningRate: 3e-3 });
const weights = model.exportWeights();
const sentences = new Sentences(TINY, RETURNS);
const reference = sentences.tabulate(model);

interface Tuned {
  readonly policy: PPO;
  readonly rounds: readonly Round[];
  readonly q: Qualities;
}

function tune(beta: number | AdaptiveBeta, count: number, seed: number = SEED): Tuned {
  const rounds: Round[] = [];
  const policy = fineTune(TINY, RETURNS, weights, { seed, rounds: count, beta }, (round) => rounds.push(round));
  const tuned = new LanguageModel(TINY, seed);
  tuned.importWeights(policy.exportWeights());
  return { policy, rounds, q: sentences.qualities(sentences.tabulate(tuned), reference) };
}

describe(`with a penalty (seed ${SEED})`, () => {
  const BETA = 0.5;
  const { policy, rounds, q } = tune(BETA, 16);
  const { score: before } = sentences.qualities(reference, reference);

  test("the policy comes within 5 % of the best objective, far above the reference", () => {
    const { objective } = sentences.optimum(reference, BETA);
    expect(objective - before).toBeGreaterThan(0.5);
    const share = (q.score - BETA * q.divergence - before) / (objective - before);
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThanOrEqual(1);
  });

  test("the first round is written by the reference", () => {
    expect(rounds).toHaveLength(16);
    expect(rounds[0]).toMatchObject({ tokens: 4096, divergence: 0, beta: BETA });
    const { score, logLikelihood, grammatical } = sentences.qualities(reference, reference);
    // Scores lie in -0.5 .. 2 and shares in 0 .. 1: their deviations are at most 1.25 and 0.5.
    const { sentences: count } = rounds[0];
    expect(Math.abs(rounds[0].score - score)).toBeLessThan((LIMIT * 1.25) / Math.sqrt(count));
    expect(Math.abs(rounds[0].grammatical - grammatical)).toBeLessThan((LIMIT * 0.5) / Math.sqrt(count));
    // ln of a token's probability lies in -3.7 .. -0.3.
    expect(Math.abs(rounds[0].logLikelihood - logLikelihood)).toBeLessThan((LIMIT * 1.7) / Math.sqrt(4096));
  });

  test("the penalties of a sentence are the divergence on average", () => {
    const frozen = PPO.load(policy.save({ contents: "policy" }));
    frozen.importWeights(weights);
    const writer = new Writing(TINY, RETURNS);
    const random = new Pcg64(SEED);
    const totals = Array.from({ length: 4000 }, () => {
      let total = 0;
      let { observation } = writer.reset();
      for (let ended = false; !ended; ) {
        const token = drawFrom(policy, observation, random.random());
        total += logRatioOf(policy, frozen, observation, token);
        const result = writer.step(token);
        observation = result.observation;
        ended = result.terminated;
      }
      return total;
    });
    const mean = totals.reduce((sum, value) => sum + value) / totals.length;
    const variance = totals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (totals.length - 1);
    expect(q.divergence).toBeGreaterThan(0.3);
    expect(Math.abs(mean - q.divergence)).toBeLessThan(LIMIT * Math.sqrt(variance / totals.length));
  });

  test("the same seed learns the same", () => {
    const again = tune(BETA, 16);
    expect(again.rounds).toEqual(rounds);
    expect(again.policy.exportWeights()).toEqual(policy.exportWeights());
  });
});

function drawFrom(policy: PPO, observation: readonly number[], uniform: number): number {
  const { probabilities } = policy.distribution(observation) as { probabilities: Float32Array };
  let total = 0;
  for (let token = 0; token < probabilities.length; token++) {
    total += probabilities[token];
    if (uniform < total) return token;
  }
  return probabilities.length - 1;
}

describe(`the size of the penalty (seed ${SEED})`, () => {
  const [none, some, much] = [0, 0.5, 20].map((beta) => tune(beta, 10).q);

  test("none: nearly the best score, far from the reference", () => {
    expect(none.score).toBeGreaterThan(0.95 * sentences.best());
    expect(none.divergence).toBeGreaterThan(some.divergence + 0.2);
    expect(none.score).toBeGreaterThan(some.score);
  });

  // What is left is chance: advantages are given deviation 1 even where nothing is to be gained.
  test("much: hardly anything changes", () => {
    expect(much.divergence).toBeLessThan(some.divergence / 3);
    expect(much.score).toBeLessThan(some.score);
  });
});

describe("a beta that adapts", () => {
  const settings: AdaptiveBeta = { target: 2, initial: 1, gain: 0.5 };

  test("grows where the divergence is too large, shrinks where it is too small, by a limited share", () => {
    expect(adapted(4, 2, settings)).toBe(4);
    expect(adapted(4, 2.2, settings)).toBeCloseTo(4 * 1.05, 12);
    expect(adapted(4, 1.8, settings)).toBeCloseTo(4 * 0.95, 12);
    expect(adapted(4, 100, settings)).toBeCloseTo(4 * 1.1, 12);
    expect(adapted(4, 0, settings)).toBeCloseTo(4 * 0.9, 12);
  });

  test(`brings the divergence to its target (seed ${SEED})`, () => {
    const { rounds, q } = tune({ target: 0.5, initial: 3, gain: 0.5 }, 24);
    expect(rounds[0].beta).toBe(3);
    expect(rounds[1].beta).toBeCloseTo(2.7, 12);
    expect(rounds[4].divergence).toBeLessThan(0.25);
    expect(Math.abs(q.divergence - 0.5)).toBeLessThan(0.1);
  });
});
