// An environment for every agent: any actions, observations that are numbers or states, episodes of 4 to 9 steps that terminate and
// are truncated in turn. What it does next depends on everything before; it knows what it was asked, and its state can be saved.

import type { EnvState, ResetOptions, ResetResult, StepResult, SyncEnv } from "../../../src/env.ts";
import type { ActionSpace } from "../../../src/experience/action-encoder.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space, type SpaceValue } from "../../../src/space.ts";

/** Observations: [place, elapsed, episode], or the number of a state. */
export type Shown = "numbers" | "states";

/** One of every kind. */
export const ACTION_SPACES: { readonly [Kind in ActionSpace["kind"]]: ActionSpace } = {
  discrete: discrete(3, 1),
  "multi-discrete": multiDiscrete([2, 3]),
  "multi-binary": multiBinary(2),
  box: box([-1, 0], [1, 5]),
};

const NUMBERS = box(-2, 2, [3]);
const STATES = discrete(6, 1);

export class Stroll implements SyncEnv<SpaceValue, SpaceValue> {
  readonly observationSpace: Space;
  readonly actionSpace: ActionSpace;
  /** What was asked of it so far. */
  readonly seen: { resets: number; steps: number; ended: number } = { resets: 0, steps: 0, ended: 0 };
  #episode = 0;
  #elapsed = 0;
  #place = 0;

  constructor(actions: ActionSpace["kind"] = "discrete", shown: Shown = "numbers") {
    this.actionSpace = ACTION_SPACES[actions];
    this.observationSpace = shown === "numbers" ? NUMBERS : STATES;
  }

  reset({ seed }: ResetOptions = {}): ResetResult<SpaceValue> {
    this.seen.resets++;
    this.#episode = seed === undefined ? this.#episode + 1 : seed;
    this.#elapsed = 0;
    this.#place = ((this.#episode * 7) % 11) / 8 - 0.625;
    return { observation: this.#observation(), info: {} };
  }

  step(action: SpaceValue): StepResult<SpaceValue> {
    const numbers = typeof action === "number" ? [action - 2] : Array.from(action as ArrayLike<number>);
    const push = numbers.reduce((sum, x, i) => sum + x * (i + 1), 0);
    this.#place = Math.fround(Math.max(-2, Math.min(2, 0.6 * this.#place + 0.25 * push)));
    this.#elapsed++;
    this.seen.steps++;
    const ended = this.#elapsed >= 4 + ((this.#episode * 5) % 6);
    if (ended) this.seen.ended++;
    return {
      observation: this.#observation(),
      reward: Math.fround(((this.#episode + this.#elapsed * 3) % 5) - 1 - Math.abs(this.#place)),
      terminated: ended && this.#episode % 2 === 0,
      truncated: ended && this.#episode % 2 === 1,
      info: {},
    };
  }

  #observation(): SpaceValue {
    if (this.observationSpace === STATES) return 1 + (this.#elapsed % 3) * 2 + (this.#place > 0 ? 1 : 0);
    return Float32Array.of(this.#place, this.#elapsed / 8, (this.#episode % 4) / 4);
  }

  saveState(): EnvState {
    return { episode: this.#episode, elapsed: this.#elapsed, place: this.#place };
  }

  /** @throws RangeError for a state that it never was in */
  loadState(state: EnvState): void {
    const { episode, elapsed, place } = (state ?? {}) as { episode: number; elapsed: number; place: number };
    const isCount = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0;
    if (!isCount(episode) || !isCount(elapsed) || elapsed > 9 || !(Math.abs(place) <= 2)) {
      throw new RangeError("Stroll.loadState: state expected one of a stroll, got another. Load what it saved.");
    }
    this.#episode = episode;
    this.#elapsed = elapsed;
    this.#place = place;
  }
}
