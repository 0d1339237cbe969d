// An environment in which the agent writes a sentence token by token. The reward comes when the sentence is finished.
//
//   observation  the tokens written so far, one for each place of a sentence; 0 where nothing is written yet
//   action       the next token; 0 is the full stop
//   reward       the score of the sentence for its last token, 0 for every other token
//   start        an empty sentence
//   end          terminated after a full stop, or when all places are filled

import { SeededEnv } from "../../../src/envs/seeded-env.ts";
import {
  type Discrete,
  discrete,
  type MultiDiscrete,
  multiDiscrete,
  type ResetResult,
  StateError,
  type StepResult,
} from "../../../src/index.ts";
import { isFinished, type Language, type Score, type Sentence, textOf } from "./language.ts";

/** The observation and action spaces of `Writing`. */
export interface WritingSpaces {
  readonly observationSpace: MultiDiscrete;
  readonly actionSpace: Discrete;
}

export function writingSpaces({ words, length }: Language): WritingSpaces {
  const { length: tokens } = words;
  return { observationSpace: multiDiscrete(new Array(length).fill(tokens)), actionSpace: discrete(tokens) };
}

export class Writing extends SeededEnv<number[], number> {
  readonly observationSpace: MultiDiscrete;
  readonly actionSpace: Discrete;
  readonly #language: Language;
  readonly #score: Score;
  #sentence: number[] = [];
  #finished = false;

  constructor(language: Language, score: Score) {
    super("Writing");
    const { observationSpace, actionSpace } = writingSpaces(language);
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.#language = language;
    this.#score = score;
  }

  /** The tokens written so far. */
  get sentence(): Sentence {
    return this.#sentence;
  }

  /** Writes the next token. @throws StateError when the sentence is finished */
  step(token: number): StepResult<number[]> {
    this.requireDiscrete(token, this.actionSpace.n);
    this.requireEpisode();
    if (this.#finished) {
      throw new StateError(
        `Writing.step: sentence expected one that goes on, got "${this.renderText()}", which is finished. Call reset().`,
      );
    }
    this.#sentence = [...this.#sentence, token];
    this.#finished = isFinished(this.#language, this.#sentence.length, token);
    const reward = this.#finished ? this.#score(this.#sentence) : 0;
    return { observation: this.#observe(), reward, terminated: this.#finished, truncated: false, info: {} };
  }

  renderText(): string {
    return textOf(this.#language, this.#sentence);
  }

  protected begin(): ResetResult<number[]> {
    this.#sentence = [];
    this.#finished = false;
    return { observation: this.#observe(), info: {} };
  }

  protected writeEpisode(): number[] {
    return [...this.#sentence];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const { words, length } = this.#language;
    const isToken = (number: number): boolean => Number.isInteger(number) && number >= 0 && number < words.length;
    if (numbers.length > length || !numbers.every(isToken)) return false;
    const last = numbers.length - 1;
    if (numbers.some((token, t) => t < last && isFinished(this.#language, t + 1, token))) return false;
    this.#sentence = [...numbers];
    this.#finished = last >= 0 && isFinished(this.#language, last + 1, numbers[last]);
    return true;
  }

  #observe(): number[] {
    const { length } = this.#language;
    return Array.from({ length }, (_, t) => this.#sentence[t] ?? 0);
  }
}
