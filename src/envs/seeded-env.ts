// The base class of every built-in environment: the random stream that `reset({ seed })` restarts, the refusal of a step before
// the first reset, and the saved state. A subclass writes its episode as a short list of numbers.
// Invariant: a call that throws has changed nothing, not even the random stream.

import { Pcg64, requireSeed } from "../engine/random.ts";
import type { EnvSpec, EnvState, Info, ResetOptions, ResetResult, StepResult, SyncEnv } from "../env.ts";
import { rejectUnknownOptions, requireNumber, StateError, show } from "../errors.ts";
import { describeMismatch, type Space, type SpaceValue } from "../space.ts";

/** The empty info that environments share. */
export const NO_INFO: Info = Object.freeze({});

/** The `options` of a `reset` call, by name. */
export type ResetSettings = Readonly<Record<string, unknown>>;

/** Base class of the built-in environments. */
export abstract class SeededEnv<Observation extends SpaceValue, Action extends SpaceValue>
  implements SyncEnv<Observation, Action>
{
  abstract readonly observationSpace: Space;
  abstract readonly actionSpace: Space;
  /** Id, options and step limit. `make` sets this property. */
  declare readonly spec?: EnvSpec | undefined;
  /** The name in error messages and saved states. */
  readonly name: string;
  #random: Pcg64 | undefined;
  #begun = false;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * Starts an episode. A seed restarts the random stream. Without a seed the stream continues; a stream that was never seeded
   * starts at random.
   * @throws TypeError, RangeError for a seed that is no integer in 0 .. 2^53 - 1, or unknown or bad `options`
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

  /** Returns the running episode and the random stream as JSON data. */
  saveState(): EnvState {
    return {
      env: this.name,
      random: this.#random === undefined ? null : this.#random.saveState(),
      episode: this.#begun ? this.writeEpisode() : null,
    };
  }

  /**
   * Restores a state that `saveState` returned.
   * @throws TypeError for a state of an environment of another kind or size; nothing changes then
   */
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

  /** Draws the start state and returns its observation. The settings have passed `checkSettings`. */
  protected abstract begin(random: Pcg64, settings: ResetSettings): ResetResult<Observation>;

  /** Returns the running episode as finite numbers. */
  protected abstract writeEpisode(): number[];

  /** Restores the numbers that `writeEpisode` returned. @returns false, and changes nothing, when the numbers do not fit */
  protected abstract readEpisode(numbers: readonly number[]): boolean;

  /** Refuses every reset option. An environment with reset options overrides this method. */
  protected checkSettings(settings: ResetSettings): void {
    for (const key of Object.keys(settings)) {
      throw new RangeError(`${this.name}.reset: options expected none, got ${show(key)}. Leave it out.`);
    }
  }

  /** The random stream of the environment. */
  protected get random(): Pcg64 {
    return this.#random as Pcg64;
  }

  /** Checks that an episode has begun. @throws StateError before the first reset */
  protected requireEpisode(): void {
    if (!this.#begun) {
      throw new StateError(`${this.name}.step: episode expected one begun by reset, got none. Call reset() first.`);
    }
  }

  /** True after the first reset. Before it a picture is empty. */
  protected get begun(): boolean {
    return this.#begun;
  }

  /** Checks a discrete action. @throws TypeError, RangeError unless the action is an integer in 0 .. n - 1 */
  protected requireDiscrete(action: number, n: number): void {
    if (!(Number.isInteger(action) && action >= 0 && action < n)) throw this.#illegalAction(action);
  }

  /**
   * Returns the number of a Box action of shape [1], rounded to float32 as in Gymnasium. A number beyond the bounds is legal:
   * these environments clip it.
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
 * Returns the bounds [low, high] of the start state in classic-control environments. The reset options `low` and `high` replace
 * the given defaults.
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
