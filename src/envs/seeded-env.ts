// What every built-in environment shares: the random stream that `reset({ seed })` restarts, the refusal to step before a
// reset, and the saved state. A subclass keeps its episode as a short list of numbers, so that saving is one call.
// Invariant: a call that throws has changed nothing, the random stream included.

import { Pcg64, requireSeed } from "../engine/random.ts";
import type { EnvSpec, EnvState, Info, ResetOptions, ResetResult, StepResult, SyncEnv } from "../env.ts";
import { rejectUnknownOptions, requireNumber, StateError, show } from "../errors.ts";
import { describeMismatch, type Space, type SpaceValue } from "../space.ts";

/** The info of environments that have nothing to add. */
export const NO_INFO: Info = Object.freeze({});

export type ResetSettings = Readonly<Record<string, unknown>>;

export abstract class SeededEnv<Observation extends SpaceValue, Action extends SpaceValue>
  implements SyncEnv<Observation, Action>
{
  abstract readonly observationSpace: Space;
  abstract readonly actionSpace: Space;
  /** Set by `make`. */
  declare readonly spec?: EnvSpec | undefined;
  /** The name in error messages and saved states. */
  readonly name: string;
  #random: Pcg64 | undefined;
  #begun = false;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * Starts an episode. With a seed the random stream restarts; without one it goes on, and the very first has no seed.
   * @throws TypeError, RangeError for a seed that is no whole number in 0 .. 2^53 - 1, or unknown or bad `options`
   */
  reset(options?: ResetOptions): ResetResult<Observation> {
    const seed = options?.seed;
    const settings = options?.options ?? {};
    if (seed !== undefined) requireSeed(`${this.name}.reset`, seed);
    this.checkSettings(settings);
    if (seed !== undefined) {
      this.#random ??= new Pcg64(seed);
      this.#random.seed(seed);
    }
    this.#random ??= new Pcg64();
    const result = this.begin(this.#random, settings);
    this.#begun = true;
    return result;
  }

  abstract step(action: Action): StepResult<Observation>;

  saveState(): EnvState {
    return {
      env: this.name,
      random: this.#random === undefined ? null : this.#random.saveState(),
      episode: this.#begun ? this.writeEpisode() : null,
    };
  }

  /** @throws TypeError when `state` was not saved by an environment of this kind and size; nothing changes then */
  loadState(state: EnvState): void {
    const saved = state as { env?: unknown; random?: unknown; episode?: unknown } | null | undefined;
    if (typeof saved !== "object" || saved === null || saved.env !== this.name) {
      throw this.#badState(show((saved as { env?: unknown } | null | undefined)?.env ?? state));
    }
    let random: Pcg64 | undefined;
    if (saved.random !== null) {
      random = new Pcg64(0);
      random.loadState(saved.random);
    }
    const episode = saved.episode as number[] | null;
    if (episode !== null) {
      if (!Array.isArray(episode) || !episode.every(Number.isFinite) || !this.readEpisode(episode)) {
        throw this.#badState(`an episode of ${show(episode)}`);
      }
    }
    this.#begun = episode !== null;
    this.#random = random;
  }

  /** Draws the start state and describes it. The settings have passed `checkSettings`. */
  protected abstract begin(random: Pcg64, settings: ResetSettings): ResetResult<Observation>;

  /** The running episode as finite numbers. */
  protected abstract writeEpisode(): number[];

  /** Takes over what `writeEpisode` wrote; false, and nothing taken, when the numbers do not fit. */
  protected abstract readEpisode(numbers: readonly number[]): boolean;

  /** Refuses reset options; those that know some override it. */
  protected checkSettings(settings: ResetSettings): void {
    for (const key of Object.keys(settings)) {
      throw new RangeError(`${this.name}.reset: options expected none, got ${show(key)}. Leave it out.`);
    }
  }

  /** The stream, for a step that draws. */
  protected get random(): Pcg64 {
    return this.#random as Pcg64;
  }

  /** @throws StateError before the first reset */
  protected requireEpisode(): void {
    if (!this.#begun) {
      throw new StateError(`${this.name}.step: episode expected one begun by reset, got none. Call reset() first.`);
    }
  }

  /** Whether there is a state to draw; before the first reset a picture is empty. */
  protected get begun(): boolean {
    return this.#begun;
  }

  /** @throws TypeError, RangeError unless the action is a whole number in 0 .. n - 1 */
  protected requireDiscrete(action: number, n: number): void {
    if (!(Number.isInteger(action) && action >= 0 && action < n)) throw this.#illegalAction(action);
  }

  /**
   * The one number of a Box action of shape [1], as the float32 that Gymnasium would hold. Beyond the bounds is legal:
   * these environments clip.
   * @throws TypeError, RangeError unless the action is one finite number in an array
   */
  protected requireScalarBox(action: ArrayLike<number>): number {
    if (describeMismatch(this.actionSpace, action, false) !== undefined) throw this.#illegalAction(action);
    return Math.fround(action[0]);
  }

  #illegalAction(action: unknown): Error {
    const problem = describeMismatch(this.actionSpace, action, false);
    const message = `${this.name}.step: action expected ${problem}. Take it from the actionSpace.`;
    const rightKind =
      this.actionSpace.kind === "discrete" ? typeof action === "number" : typeof action === "object" && action !== null;
    return rightKind ? new RangeError(message) : new TypeError(message);
  }

  #badState(got: string): TypeError {
    return new TypeError(
      `${this.name}.loadState: state expected one saved by ${this.name} with the same options, got ${got}. ` +
        "Load it into the kind of environment that saved it.",
    );
  }
}

/**
 * The bounds from which classic-control environments draw their start state: reset options `low` and `high`.
 * @throws TypeError, RangeError for an unknown option, a bound that is no finite number, or low above high
 */
export function startBounds(where: string, settings: ResetSettings, low: number, high: number): [number, number] {
  rejectUnknownOptions(where, settings, ["low", "high"]);
  if (settings.low !== undefined) low = requireNumber(where, "low", settings.low, {}, "Pass a finite number.");
  if (settings.high !== undefined) high = requireNumber(where, "high", settings.high, {}, "Pass a finite number.");
  if (low > high) {
    throw new RangeError(`${where}: low expected at most high, got ${low} > ${high}. Give both bounds.`);
  }
  return [low, high];
}
