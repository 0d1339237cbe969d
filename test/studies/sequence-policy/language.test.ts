// The language that the study is about, against counts and answers by hand.

import { describe, expect, test } from "vitest";
import {
  FILM_REVIEWS,
  FULL_STOP,
  isFinished,
  isGrammatical,
  KINDNESS,
  logLikelihood,
  makeLanguage,
  type Sentence,
  textOf,
  writeCorpus,
} from "../../../examples/studies/sequence-policy/language.ts";
import { Pcg64 } from "../../../src/index.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
/** Standard errors. */
const LIMIT = 6;

const sentence = (text: string): Sentence => text.split(" ").map((word) => FILM_REVIEWS.words.indexOf(word));

test("slips are shared by all words, and probabilities sum to 1", () => {
  const { next, allowed } = makeLanguage({ ".": { up: 1, down: 3 }, up: { ".": 1 }, down: { up: 2, down: 2 } }, 3, 0.3);
  const expected = [
    [0.1, 0.275, 0.625],
    [0.8, 0.1, 0.1],
    [0.1, 0.45, 0.45],
  ];
  next.forEach((row, a) => {
    row.forEach((p, b) => {
      expect(p).toBeCloseTo(expected[a][b], 12);
    });
  });
  expect(allowed).toEqual([
    [false, true, true],
    [true, false, false],
    [false, true, true],
  ]);
  for (const row of FILM_REVIEWS.next) expect(row.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
});

test("likelihood, grammar and score of a sentence", () => {
  const kind = sentence("the film was good .");
  const p = [0.7, 0.7, 0.65, 0.35, 0.55].map((share) => 0.98 * share + 0.02 / 8);
  expect(logLikelihood(FILM_REVIEWS, kind)).toBeCloseTo(
    p.reduce((sum, x) => sum + Math.log(x), 0),
    12,
  );
  expect(isGrammatical(FILM_REVIEWS, kind)).toBe(true);
  expect(isGrammatical(FILM_REVIEWS, sentence("film was good ."))).toBe(false);
  expect(isGrammatical(FILM_REVIEWS, sentence("good good ."))).toBe(false);
  expect(KINDNESS(kind)).toBe(1);
  expect(KINDNESS(sentence("good and bad and bad ."))).toBe(-1);
  expect(textOf(FILM_REVIEWS, kind)).toBe("the film was good.");
  expect(textOf(FILM_REVIEWS, sentence("very very"))).toBe("very very");
});

describe("a corpus", () => {
  const corpus = writeCorpus(FILM_REVIEWS, 20_000, new Pcg64(SEED));

  test("has finished sentences only, and the same with the same seed", () => {
    const finishedAt = (one: Sentence): number =>
      one.findIndex((token, t) => isFinished(FILM_REVIEWS, t + 1, token)) + 1;
    expect(corpus.filter((one) => finishedAt(one) !== one.length)).toEqual([]);
    expect(Math.max(...corpus.map((one) => one.length))).toBe(8);
    expect(writeCorpus(FILM_REVIEWS, 10, new Pcg64(SEED))).toEqual(corpus.slice(0, 10));
    expect(corpus.some((one) => one.at(-1) !== FULL_STOP)).toBe(true);
  });

  test(`has words after each other as often as the chain says (seed ${SEED})`, () => {
    const { next } = FILM_REVIEWS;
    const counts = next.map((row) => row.map(() => 0));
    for (const one of corpus) {
      one.forEach((token, t) => {
        counts[t === 0 ? FULL_STOP : one[t - 1]][token]++;
      });
    }
    counts.forEach((row, a) => {
      const total = row.reduce((sum, n) => sum + n);
      row.forEach((n, b) => {
        const deviation = Math.sqrt(total * next[a][b] * (1 - next[a][b]));
        expect(Math.abs(n - total * next[a][b]) / deviation, `${a} ${b}`).toBeLessThan(LIMIT);
      });
    });
  });
});
