// Exact results for a language of few words, computed over every possible sentence: the score of a policy, its divergence
// from another policy, and the best policy under a penalty for that divergence.
//
// Letters: V tokens, W = V - 1 words other than the full stop, t tokens written. A beginning of t words has a number: its
// words are digits in base W, the first word the highest digit. Token a > 0 extends beginning i to number i W + a - 1.

import { exp, log } from "../../../src/engine/math.ts";
import { FULL_STOP, isFinished, type Language, type Score, type Sentence } from "./language.ts";

/** Numbers by beginning and token. For every t there is an array [W^t, V]. */
export type Table = readonly Float32Array[];

/** A model of the next token. */
export interface Model {
  /** Writes ln of the probabilities of all tokens after each beginning into `target`, from row `first` on. */
  logProbabilities(beginnings: readonly Sentence[], target: Float32Array, first: number): void;
}

/** Means over the sentences that a policy writes. */
export interface Qualities {
  readonly score: number;
  /** KL(policy || reference) of whole sentences, in nats: the mean of ln policy(sentence) - ln reference(sentence). */
  readonly divergence: number;
  /** Mean of ln of the probability of a token in the language. */
  readonly logLikelihood: number;
  /** Share of sentences without a slip. */
  readonly grammatical: number;
  readonly tokens: number;
}

/** Number of beginnings in one call of a model. */
const ROWS = 4096;

export class Sentences {
  readonly #language: Language;
  /** Score of the sentence for a token that ends it; 0 for other tokens. */
  readonly #scores: Table;

  constructor(language: Language, score: Score) {
    this.#language = language;
    this.#scores = this.#table((beginnings, target, first) => {
      for (const [row, beginning] of beginnings.entries()) {
        for (let a = 0; a < language.words.length; a++) {
          const isLast = isFinished(language, beginning.length + 1, a);
          target[(first + row) * language.words.length + a] = isLast ? score([...beginning, a]) : 0;
        }
      }
    });
  }

  /** Number of possible sentences. */
  get count(): number {
    const { length, words } = this.#language;
    const { length: tokens } = words;
    let count = 0;
    for (let t = 0; t < length; t++) count += this.#beginnings(t) * (t === length - 1 ? tokens : 1);
    return count;
  }

  /** Returns the logarithms of all probabilities of a model. */
  tabulate(model: Model): Table {
    return this.#table((...given) => model.logProbabilities(...given));
  }

  /** Returns the Markov chain of the language as a policy. */
  chain(): Table {
    const { next } = this.#language;
    return this.#table((beginnings, target, first) => {
      for (const [row, beginning] of beginnings.entries()) {
        target.set(next[beginning.at(-1) ?? FULL_STOP].map(log), (first + row) * next.length);
      }
    });
  }

  /** Computes means over all sentences, forward through all beginnings. Cost: a few operations for every sentence. */
  qualities(policy: Table, reference: Table): Qualities {
    const { length, next, allowed } = this.#language;
    const { length: V } = next;
    const logNext = next.map((row) => row.map(log));
    let [score, divergence, logLikelihood, grammatical, tokens] = [0, 0, 0, 0, 0];
    // Probabilities of the beginnings, and of the beginnings without a slip.
    let [reach, clean] = [Float64Array.of(1), Float64Array.of(1)];
    for (let t = 0; t < length; t++) {
      const following = t + 1 < length ? this.#beginnings(t + 1) : 0;
      const [nextReach, nextClean] = [new Float64Array(following), new Float64Array(following)];
      for (let i = 0; i < reach.length; i++) {
        const last = t === 0 ? FULL_STOP : (i % (V - 1)) + 1;
        tokens += reach[i];
        for (let a = 0; a < V; a++) {
          const k = i * V + a;
          const share = exp(policy[t][k]);
          const p = reach[i] * share;
          const q = allowed[last][a] ? clean[i] * share : 0;
          divergence += p * (policy[t][k] - reference[t][k]);
          logLikelihood += p * logNext[last][a];
          if (isFinished(this.#language, t + 1, a)) {
            score += p * this.#scores[t][k];
            grammatical += q;
          } else {
            nextReach[i * (V - 1) + a - 1] = p;
            nextClean[i * (V - 1) + a - 1] = q;
          }
        }
      }
      [reach, clean] = [nextReach, nextClean];
    }
    return { score, divergence, logLikelihood: logLikelihood / tokens, grammatical, tokens };
  }

  /**
   * Returns the policy with the largest mean score - beta KL(policy || reference): policy(sentence) is proportional to
   * reference(sentence) exp(score / beta). Computed backwards; `value` of a beginning is the largest objective from it on:
   *
   *   value = beta ln sum over a of reference(a) exp(onward(a) / beta)     ln policy(a) = ln reference(a) + (onward(a) - value) / beta
   *
   * where onward(a) is the score of the sentence if token a ends it, otherwise the value of the longer beginning.
   * Source: Korbak et al. 2022, https://arxiv.org/abs/2205.11275; the recursion is that of linearly solvable control,
   * Todorov 2009, https://doi.org/10.1073/pnas.0710743106
   *
   * @param beta above 0
   */
  optimum(reference: Table, beta: number): { readonly objective: number; readonly policy: Table } {
    const { length, words } = this.#language;
    const { length: V } = words;
    const policy = reference.map((table) => new Float32Array(table.length));
    const onward = new Float64Array(V);
    let values = new Float64Array(0);
    for (let t = length - 1; t >= 0; t--) {
      const own = new Float64Array(this.#beginnings(t));
      for (let i = 0; i < own.length; i++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let a = 0; a < V; a++) {
          const isLast = isFinished(this.#language, t + 1, a);
          onward[a] = isLast ? this.#scores[t][i * V + a] : values[i * (V - 1) + a - 1];
          most = Math.max(most, reference[t][i * V + a] + onward[a] / beta);
        }
        let sum = 0;
        for (let a = 0; a < V; a++) sum += exp(reference[t][i * V + a] + onward[a] / beta - most);
        own[i] = beta * (most + log(sum));
        for (let a = 0; a < V; a++) policy[t][i * V + a] = reference[t][i * V + a] + (onward[a] - own[i]) / beta;
      }
      values = own;
    }
    return { objective: values[0], policy };
  }

  /** Returns the `count` most probable sentences of a policy, with their probabilities. */
  likeliest(policy: Table, count: number): { readonly sentence: Sentence; readonly probability: number }[] {
    const { length, words } = this.#language;
    const { length: V } = words;
    let found: { sentence: Sentence; probability: number }[] = [];
    let reach = Float64Array.of(1);
    for (let t = 0; t < length; t++) {
      const following = new Float64Array(t + 1 < length ? this.#beginnings(t + 1) : 0);
      for (let k = 0; k < policy[t].length; k++) {
        const [i, a] = [Math.floor(k / V), k % V];
        const probability = reach[i] * exp(policy[t][k]);
        if (!isFinished(this.#language, t + 1, a)) following[i * (V - 1) + a - 1] = probability;
        else if (found.length < count || probability > found[count - 1].probability) {
          found.push({ sentence: [...this.#beginning(t, i), a], probability });
          found = found.sort((x, y) => y.probability - x.probability).slice(0, count);
        }
      }
      reach = following;
    }
    return found;
  }

  /** Returns the largest score of all sentences. */
  best(): number {
    const { length: V } = this.#language.words;
    let most = Number.NEGATIVE_INFINITY;
    for (const [t, table] of this.#scores.entries()) {
      for (let k = 0; k < table.length; k++) {
        if (isFinished(this.#language, t + 1, k % V)) most = Math.max(most, table[k]);
      }
    }
    return most;
  }

  #beginnings(t: number): number {
    const words = this.#language.words.length - 1;
    let count = 1;
    for (let k = 0; k < t; k++) count *= words;
    return count;
  }

  #beginning(t: number, i: number): number[] {
    const words = this.#language.words.length - 1;
    const beginning: number[] = new Array(t);
    for (let place = t - 1, rest = i; place >= 0; place--) {
      beginning[place] = (rest % words) + 1;
      rest = Math.floor(rest / words);
    }
    return beginning;
  }

  #table(fill: (beginnings: number[][], target: Float32Array, first: number) => void): Table {
    const { length, words } = this.#language;
    return Array.from({ length }, (_, t) => {
      const count = this.#beginnings(t);
      const table = new Float32Array(count * words.length);
      for (let first = 0; first < count; first += ROWS) {
        const some = Array.from({ length: Math.min(ROWS, count - first) }, (_, row) => this.#beginning(t, first + row));
        fill(some, table, first);
      }
      return table;
    });
  }
}
