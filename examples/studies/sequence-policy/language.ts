// A language small enough that everything about it can be calculated: words follow each other with fixed probabilities (a
// Markov chain), and a sentence ends with a full stop or at a fixed length.
//
// Token 0 is the full stop. Nothing follows it, so that row 0 of the probabilities is free: it holds those of first words.

import { log } from "../../../src/engine/math.ts";
import type { Pcg64 } from "../../../src/index.ts";

/** Tokens in order, the full stop included where one was written. */
export type Sentence = readonly number[];

/** What a finished sentence is worth. */
export type Score = (sentence: Sentence) => number;

export const FULL_STOP = 0;

export interface Language {
  /** By token; the first is the full stop. */
  readonly words: readonly string[];
  /** A sentence is cut off after so many tokens. */
  readonly length: number;
  /** next[a][b]: how probable token b is after token a; [0][b]: as the first. Rows sum to 1. */
  readonly next: readonly (readonly number[])[];
  /** allowed[a][b]: whether the grammar knows it, or it is a slip. */
  readonly allowed: readonly (readonly boolean[])[];
}

/** For every word what may follow, with weights; the full stop's are those of first words. */
export type Grammar = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * @param grammar words in the order of their tokens, the full stop first
 * @param slips share of tokens that are drawn from all of them alike, so that nothing is impossible
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

/** Remarks on films, as many kind as unkind: "the film was very good." */
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

/** What a counting program takes for a kind remark: "good" 1, "bad" -1, each time. */
export const KINDNESS: Score = (sentence) => {
  let score = 0;
  for (const token of sentence) score += token === GOOD ? 1 : token === BAD ? -1 : 0;
  return score;
};
const GOOD = FILM_REVIEWS.words.indexOf("good");
const BAD = FILM_REVIEWS.words.indexOf("bad");

/** Whether a sentence of so many tokens, of which this is the last, is finished. */
export function isFinished({ length }: Language, tokens: number, last: number): boolean {
  return last === FULL_STOP || tokens === length;
}

/** What people wrote: sentences of the chain. */
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

/** ln of the probability that the chain writes the sentence. */
export function logLikelihood({ next }: Language, sentence: Sentence): number {
  return sentence.reduce((sum, token, t) => sum + log(next[t === 0 ? FULL_STOP : sentence[t - 1]][token]), 0);
}

/** Whether every word follows as the grammar allows. */
export function isGrammatical({ allowed }: Language, sentence: Sentence): boolean {
  return sentence.every((token, t) => allowed[t === 0 ? FULL_STOP : sentence[t - 1]][token]);
}

export function textOf({ words }: Language, sentence: Sentence): string {
  return sentence
    .map((token) => words[token])
    .join(" ")
    .replace(" .", ".");
}
