// Shows some entries of an observation and hides the others. The agent then has to remember, as in CartPole without its
// velocities.

import type { Env, ResetResult, StepResult, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, show } from "../../errors.ts";
import { type Box, box } from "../../space.ts";
import { requireBoxObservation } from "./require-box.ts";
import { Wrapper } from "./wrapper.ts";

/** Options of ObservationSelection. */
export interface ObservationSelectionOptions {
  /** Indices of the shown entries, in the order of the new observation. */
  readonly entries: readonly number[];
}

const WHERE = "ObservationSelection";

/**
 * Shows some entries of an observation and hides the others. The agent then has to remember, as in CartPole without its
 * velocities.
 */
export class ObservationSelection<Inner extends Env = SyncEnv> extends Wrapper<Inner> {
  readonly #space: Box;
  readonly #entries: readonly number[];

  /** @throws TypeError, RangeError for an observation space other than a Box [n], or entries outside 0 .. n - 1 */
  constructor(env: Inner, options: ObservationSelectionOptions) {
    super(WHERE, env);
    rejectUnknownOptions(WHERE, options, ["entries"]);
    const { low, high, shape } = requireBoxObservation(WHERE, env);
    const [size] = shape;
    if (shape.length !== 1) {
      throw new TypeError(
        `${WHERE}: observationSpace expected a box of one dimension, got [${shape.join(", ")}]. Flatten it first.`,
      );
    }
    const { entries } = options;
    const isEntry = (entry: unknown): boolean =>
      Number.isInteger(entry) && (entry as number) >= 0 && (entry as number) < size;
    if (
      !Array.isArray(entries) ||
      entries.length === 0 ||
      !entries.every(isEntry) ||
      new Set(entries).size < entries.length
    ) {
      throw new RangeError(
        `${WHERE}: entries expected different integers in 0..${size - 1}, at least one, got ${show(entries)}. They say what is shown.`,
      );
    }
    this.#entries = [...entries];
    const shown = (bounds: ArrayLike<number>): number[] => this.#entries.map((entry) => bounds[entry]);
    this.#space = box(shown(low), shown(high));
  }

  override get observationSpace(): Box {
    return this.#space;
  }

  protected override afterReset(result: ResetResult): ResetResult {
    return { observation: this.#select(result.observation as ArrayLike<number>), info: result.info };
  }

  protected override afterStep(result: StepResult): StepResult {
    const { observation, reward, terminated, truncated, info } = result;
    return { observation: this.#select(observation as ArrayLike<number>), reward, terminated, truncated, info };
  }

  #select(observation: ArrayLike<number>): Float32Array {
    const entries = this.#entries;
    const result = new Float32Array(entries.length);
    for (let i = 0; i < result.length; i++) result[i] = observation[entries[i]];
    return result;
  }
}
