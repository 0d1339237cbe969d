// A language small enough for exact results: words follow each other with fixed probabilities (a Markov chain), and a
// sentence ends with a full stop or at a fixed length.
//
// Token 0 is the full stop. No token follows it, so row 0 of the probabilities holds those of the first word instead.

import { log } from "../../../src/engine/math.ts";
import type { Pcg64 } from "../../../src/index.ts";

/** Tokens in order. The full stop is included if the sentence has one. */
export type Sentence = readonly number[];

/** Returns the score of a finished sentence. */
export type Score = (sentence: Sentence) => number;

export const FULL_STOP = 0;

export interface Language {
  /** Text of each token. The first is the full stop. */
  readonly words: readonly string[];
  /** Largest number of tokens. A longer sentence is cut off. */
  readonly length: number;
  /** next[a][b]: probability of token b after token a. next[0][b]: probability of b as the first token. Rows sum to 1. */
  readonly next: readonly (readonly number[])[];
  /** allowed[a][b]: true when the grammar allows b after a; otherwise b is a slip. */
  readonly allowed: readonly (readonly boolean[])[];
}

/** For each word, the words that may follow and their weights. The entry of the full stop holds the first words. */
export type Grammar = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Makes a language.
 * @param grammar words in the order of their tokens, the full stop first
 * @param length largest number of tokens in a sentence
 * @param slips share of tokens that are drawn uniformly from all tokens, so that every sentence is possible
 */
export function makeLanguage(grammar: Grammar, length: number, slips: number): Language {
  const words = Object.keys(grammar);
  const weights = words.map((from) => words.map((to) => grammar[from][to] ?? 0));
  const next = weights.map((row) => {
    const sum = row.reduce((total, weight) => total + weight, 0);
    return row.map((weight) => ((1 - slips) * weight) / sum + slips / words.length);
  });
  return { words, length, next, allowed: weights.map((row) => row.map((weight) => weight > 0)) };
}

/** Remarks on films, such as "the film was very good." Half of them are kind and half are unkind. */
export const FILM_REVIEWS: Language = makeLanguage(
  {
    ".": { the: 0.7, very: 0.1, good: 0.1, bad: 0.1 },
    the: { film: 0.7, very: 0.1, good: 0.1, bad: 0.1 },
    film: { was: 0.65, ".": 0.2, and: 0.15 },
    was: { very: 0.3, good: 0.35, bad: 0.35 },
    very: { very: 0.2, good: 0.4, bad: 0.4 },
    good: { ".": 0.55, and: 0.25, film: 0.2 },
    bad: { ".": 0.55, and: 0.25, film: 0.2 },
    and: { the: 0.4, very: 0.2, good: 0.2, bad: 0.2 },
  },
  8,
  0.02,
);

/** A simple score of kindness: +1 for each "good", -1 for each "bad". */
export const KINDNESS: Score = (sentence) => {
  let score = 0;
  for (const token of sentence) score += token === GOOD ? 1 : token === BAD ? -1 : 0;
  return score;
};
const GOOD = FILM_REVIEWS.words.indexOf("good");
const BAD = FILM_REVIEWS.words.indexOf("bad");

/** True when a sentence is finished. @param tokens number of its tokens @param last its last token */
export function isFinished({ length }: Language, tokens: number, last: number): boolean {
  return last === FULL_STOP || tokens === length;
}

/** Draws a corpus of sentences from the Markov chain. */
export function writeCorpus(language: Language, sentences: number, random: Pcg64): Sentence[] {
  return Array.from({ length: sentences }, () => {
    const sentence: number[] = [];
    let last = FULL_STOP;
    do {
      last = draw(language.next[last], random.random());
      sentence.push(last);
    } while (!isFinished(language, sentence.length, last));
    return sentence;
  });
}

/** @param uniform in [0, 1) */
function draw(probabilities: readonly number[], uniform: number): number {
  let total = 0;
  for (let token = 0; token < probabilities.length - 1; token++) {
    total += probabilities[token];
    if (uniform < total) return token;
  }
  return probabilities.length - 1;
}

/** Returns ln of the probability that the Markov chain writes the sentence. */
export function logLikelihood({ next }: Language, sentence: Sentence): number {
  return sentence.reduce((sum, token, t) => sum + log(next[t === 0 ? FULL_STOP : sentence[t - 1]][token]), 0);
}

/** True when the grammar allows every word of the sentence. */
export function isGrammatical({ allowed }: Language, sentence: Sentence): boolean {
  return sentence.every((token, t) => allowed[t === 0 ? FULL_STOP : sentence[t - 1]][token]);
}

export function textOf({ words }: Language, sentence: Sentence): string {
  return sentence
    .map((token) => words[token])
    .join(" ")
    .replace(" .", ".");
}
