// Reinforcement learning of a language model from a score of whole sentences, with a penalty for leaving a frozen reference
// (Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, section 2.2; Ouyang et al. 2022, https://arxiv.org/abs/2203.02155,
// section 3.5). The reward of a token is
//
//   -beta (ln pi(token | tokens before it) - ln reference(token | tokens before it)),
//
// and the last token of a sentence also gets the sentence's score. The sum of the penalties of a sentence is, on average,
// beta times the KL divergence between the policy's and the reference's distributions of sentences.

import { log } from "../../../src/engine/math.ts";
import { PPO, type PPOOptions, type SpaceValue, type Transition } from "../../../src/index.ts";
import { isGrammatical, type Language, logLikelihood, type Score } from "./language.ts";
import { NETWORK } from "./language-model.ts";
import { Writing, writingSpaces } from "./writing.ts";

/** Number of sentences that are written at the same time. */
const WRITERS = 64;
/** Number of tokens of each writer in a round. */
const STEPS = 64;

const PPO_OPTIONS: PPOOptions = {
  environments: WRITERS,
  rolloutSteps: STEPS,
  epochs: 4,
  minibatches: 8,
  // A sentence is short, and its score at its end counts in full.
  discount: 1,
  network: NETWORK,
  learningRate: { type: "linear", from: 1e-3, to: 0 },
  preset: false,
};

/** Holds the divergence near `target` by moving beta (Ziegler et al. 2019, section 2.2). */
export interface AdaptiveBeta {
  /** KL divergence of whole sentences, in nats. */
  readonly target: number;
  /** beta of the first round. */
  readonly initial: number;
  /** K_beta: the share of the relative error by which a round changes beta. The paper's is 0.1, for many more rounds. */
  readonly gain: number;
}

/** Bound on the relative error, as in the paper. */
const LARGEST_ERROR = 0.2;

export interface FineTuningOptions {
  readonly seed: number;
  /** Number of rounds of 4096 tokens. */
  readonly rounds: number;
  /** Weight of the penalty, in units of score per nat; fixed, or adapted to hold a divergence. */
  readonly beta: number | AdaptiveBeta;
}

/** Means over the sentences that were finished in a round. */
export interface Round {
  /** Number of tokens since training began, at the end of the round. */
  readonly tokens: number;
  readonly sentences: number;
  readonly beta: number;
  readonly score: number;
  /** Mean of ln pi(sentence) - ln reference(sentence): an estimate of the divergence. */
  readonly divergence: number;
  /** Mean of ln of the probability of a token in the language. */
  readonly logLikelihood: number;
  readonly grammatical: number;
}

/**
 * Fine-tunes a language model.
 * @param weights weights of the language model: the policy starts from this model, and the same model is the reference
 * @param observe receives every finished round. Default: does nothing.
 * @returns the trained policy
 */
export function fineTune(
  language: Language,
  score: Score,
  weights: Uint8Array,
  { seed, rounds, beta: given }: FineTuningOptions,
  observe: (round: Round) => void = () => {},
): PPO {
  const totalSteps = rounds * STEPS * WRITERS;
  const policy = new PPO(writingSpaces(language), { ...PPO_OPTIONS, seed, totalSteps });
  policy.importWeights(weights);
  const reference = PPO.load(policy.save({ contents: "policy" }));

  const writers = Array.from({ length: WRITERS }, () => new Writing(language, score));
  const observations: SpaceValue[] = writers.map((writer) => writer.reset().observation);
  /** ln pi - ln reference of each sentence that is being written. */
  const logRatios = new Float64Array(WRITERS);
  let beta = typeof given === "number" ? given : given.initial;
  for (let round = 0; round < rounds; round++) {
    const sums = { sentences: 0, score: 0, divergence: 0, logLikelihood: 0, written: 0, grammatical: 0 };
    do {
      const tokens = policy.actBatch(observations, { explore: true });
      const transitions = writers.map((writer, i): Transition => {
        const observation = observations[i];
        const action = tokens[i];
        const logRatio = logRatioOf(policy, reference, observation, action);
        const { observation: nextObservation, reward, terminated, truncated } = writer.step(action);
        logRatios[i] += logRatio;
        if (terminated) {
          const { sentence } = writer;
          sums.sentences++;
          sums.score += reward;
          sums.divergence += logRatios[i];
          sums.logLikelihood += logLikelihood(language, sentence);
          sums.written += sentence.length;
          if (isGrammatical(language, sentence)) sums.grammatical++;
          logRatios[i] = 0;
        }
        observations[i] = terminated ? writer.reset().observation : nextObservation;
        return { observation, action, reward: reward - beta * logRatio, nextObservation, terminated, truncated };
      });
      policy.observeBatch(transitions);
    } while (policy.update() === 0);
    const { sentences, written } = sums;
    const divergence = sums.divergence / sentences;
    observe({
      tokens: policy.envSteps,
      sentences,
      beta,
      score: sums.score / sentences,
      divergence,
      logLikelihood: sums.logLikelihood / written,
      grammatical: sums.grammatical / sentences,
    });
    if (typeof given !== "number") beta = adapted(beta, divergence, given);
  }
  reference.dispose();
  return policy;
}

/** Returns ln policy(token) - ln reference(token) after the tokens in the observation. */
export function logRatioOf(policy: PPO, reference: PPO, observation: SpaceValue, token: number): number {
  return log(probabilities(policy, observation)[token]) - log(probabilities(reference, observation)[token]);
}

function probabilities(agent: PPO, observation: SpaceValue): Float32Array {
  return (agent.distribution(observation) as { probabilities: Float32Array }).probabilities;
}

/** Returns beta (1 + gain error). The error is (divergence - target) / target, clipped to [-0.2, 0.2]. */
export function adapted(beta: number, divergence: number, { target, gain }: AdaptiveBeta): number {
  const error = (divergence - target) / target;
  return beta * (1 + gain * Math.max(-LARGEST_ERROR, Math.min(error, LARGEST_ERROR)));
}
