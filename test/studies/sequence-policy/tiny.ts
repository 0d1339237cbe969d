// A language of three words and sentences of at most four tokens, and all of them, one by one.

import {
  type Language,
  makeLanguage,
  type Score,
  type Sentence,
} from "../../../examples/studies/sequence-policy/language.ts";

/** Letters of a word in turn, or any of them. */
export const TINY: Language = makeLanguage(
  { ".": { a: 2, b: 1 }, a: { b: 2, c: 1 }, b: { c: 2, ".": 1, a: 1 }, c: { ".": 3, a: 1 } },
  4,
  0.1,
);

/** Pays for a pattern that no single token tells: "a" at the beginning and again later; a full stop costs a half. */
export const RETURNS: Score = (sentence) =>
  (sentence[0] === 1 && sentence.indexOf(1, 1) > 0 ? 2 : 0) - (sentence.at(-1) === 0 ? 0.5 : 0);

/** All finished sentences of `TINY`: by recursion, in no way as Sentences numbers them. */
export function allSentences(beginning: Sentence = []): Sentence[] {
  if (beginning.length === 4 || beginning.at(-1) === 0) return [beginning];
  return [0, 1, 2, 3].flatMap((token) => allSentences([...beginning, token]));
}
