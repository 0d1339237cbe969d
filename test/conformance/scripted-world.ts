// Environments whose course was written down (record/worlds.py): whatever is done, what follows is the same. Each tells what was
// done in it, and when.

import type { Space, SpaceValue, StepResult, SyncEnv } from "../../src/index.ts";

/** One environment. Observations are numbers, or rows of them. */
export interface Course {
  /** What each step is taken in, and what the last one leads to. */
  readonly observation: readonly SpaceValue[];
  readonly reward: readonly number[];
  /** Of every step: 0 where the episode goes on, 1 where it terminates, 2 where it is truncated. */
  readonly end: readonly (0 | 1 | 2)[];
  /** Last observations of the episodes that end, in order. */
  readonly final: readonly SpaceValue[];
}

export class ScriptedEnv implements SyncEnv {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly #course: Course;
  readonly #told: (step: number, action: SpaceValue) => void;
  #steps = 0;
  #ended = 0;

  /** @param told is called with every action before it is taken */
  constructor(
    spaces: { readonly observationSpace: Space; readonly actionSpace: Space },
    course: Course,
    told: (step: number, action: SpaceValue) => void,
  ) {
    this.observationSpace = spaces.observationSpace;
    this.actionSpace = spaces.actionSpace;
    this.#course = course;
    this.#told = told;
  }

  /** What the next step is taken in. */
  get observation(): SpaceValue {
    return this.#course.observation[this.#steps];
  }

  reset(): { observation: SpaceValue; info: Record<string, never> } {
    return { observation: this.observation, info: {} };
  }

  step(action: SpaceValue): StepResult {
    const { end, final, reward } = this.#course;
    const step = this.#steps++;
    this.#told(step, action);
    const isOver = end[step] !== 0;
    return {
      observation: isOver ? final[this.#ended++] : this.observation,
      reward: reward[step],
      terminated: end[step] === 1,
      truncated: end[step] === 2,
      info: {},
    };
  }
}
