// Normalisation by running statistics: observations get mean 0 and variance 1, rewards are divided by the deviation of discounted
// returns. The method is that of Stable-Baselines3's VecNormalize, but the statistics belong to the agent and are saved with it.
//
// Every step of the E environments is processed in this order:
//
//   1. observations are normalised with the old statistics: the policy saw them so when it acted
//   2. the raw observations join the statistics, all E as one batch
//   3. next observations are normalised with the new statistics: the policy will see them so when it acts next
//   4. returns R = discount R + reward join the statistics of returns, all E as one batch; rewards are divided by the deviation
//      of returns; R = 0 at the end of an episode
//
// Every observation of training counts exactly once. Evaluation does not change the statistics. Statistics and R are float64,
// stored numbers are float32.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { damaged } from "../formats/checkpoint.ts";
import {
  type CheckpointPart,
  type CheckpointReader,
  type CheckpointWriter,
  requireFiniteNumbers,
} from "../formats/checkpoint-part.ts";
import type { GraphWriter } from "../nn/module.ts";
import { RunningStatistics } from "../running-statistics.ts";
import type { Space } from "../space.ts";

/** Options of the normalisation of observations or rewards. */
export interface NormalizationOptions {
  /** Limit of the absolute value of normalised numbers, above 0. @defaultValue 10, as Stable-Baselines3 */
  readonly clip?: number;
  /** Number added to the variance, above 0. @defaultValue 1e-8, as Stable-Baselines3 */
  readonly epsilon?: number;
}

/** The options with all defaults filled in, or false for no normalisation. Saved in checkpoints. */
export type NormalizationSettings = Required<NormalizationOptions> | false;

const DEFAULTS: Required<NormalizationOptions> = { clip: 10, epsilon: 1e-8 };

/**
 * Checks normalisation options and fills in the defaults.
 * @param where begins the message of an error
 * @param name name of the option in the message
 * @param given true for the defaults, false for no normalisation, or options
 * @throws TypeError or RangeError when `given` is something else, or an option is unknown or out of range
 */
export function readNormalization(where: string, name: string, given: unknown): NormalizationSettings {
  if (given === false) return false;
  if (given !== true && (typeof given !== "object" || given === null)) {
    throw new TypeError(
      `${where}: ${name} expected true, false or options, got ${show(given)}. Pass true for { clip: 10, epsilon: 1e-8 }.`,
    );
  }
  const options: object = given === true ? {} : given;
  rejectUnknownOptions(`${where}: ${name}`, options, Object.keys(DEFAULTS));
  const { clip, epsilon } = { ...DEFAULTS, ...options };
  return {
    clip: requireNumber(where, `${name}.clip`, clip, { above: 0 }, "Common: 10."),
    epsilon: requireNumber(where, `${name}.epsilon`, epsilon, { above: 0 }, "Common: 1e-8."),
  };
}

/** Checks that observations can be normalised. @throws RangeError when they are not a Box */
export function requireNormalizable(where: string, settings: NormalizationSettings, space: Space): void {
  if (settings === false || space.kind === "box") return;
  throw new RangeError(
    `${where}: normalizeObservations expected a Box to observe, got ${show(space.kind)}. Leave it out: such observations reach a network one-hot.`,
  );
}

/** Settings of a `RunningNormalizer`. */
export interface RunningNormalizerOptions {
  readonly normalizeObservations: NormalizationSettings;
  readonly normalizeRewards: NormalizationSettings;
  readonly discount: number;
  readonly environments: number;
}

/** The part of a rollout that is normalised, slots as in `Rollout`. Numbers stay raw until all environments made the step. */
export interface NormalizedSlots {
  /** [slots, observation size] */
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  /** [slots] */
  readonly reward: Float32Array;
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  /** 1 for slots that hold a reset instead of a step. They do not join the statistics. */
  readonly skipped: Uint8Array;
}

/** Normalises observations and rewards by running statistics, as set in its options. */
export class RunningNormalizer implements CheckpointPart {
  readonly #observation: Normalization | null;
  readonly #reward: Normalization | null;
  readonly #discount: number;
  readonly #environments: number;
  /** [environments] discounted return R of the running episode. */
  readonly #traces: Float64Array;
  /** R of the environments that made a step, not a reset. */
  readonly #seenTraces: Float64Array;
  /** Raw observations of a step. Float64 like the returns: reading arrays of two kinds makes heap objects. */
  readonly #raw: Float64Array;

  /** @param size numbers per observation */
  constructor(size: number, options: RunningNormalizerOptions) {
    const { discount, environments, normalizeObservations, normalizeRewards } = options;
    this.#observation =
      normalizeObservations === false ? null : new Normalization("observation", size, normalizeObservations);
    this.#reward = normalizeRewards === false ? null : new Normalization("return", 1, normalizeRewards);
    this.#discount = discount;
    this.#environments = environments;
    this.#traces = new Float64Array(environments);
    this.#seenTraces = new Float64Array(environments);
    this.#raw = new Float64Array(this.#observation === null ? 0 : environments * size);
  }

  /** Mean and variance of observations so far; null if observations are not normalised. Do not change them. */
  get observations(): RunningStatistics | null {
    return this.#observation?.statistics ?? null;
  }

  /** Settings of the normalisation of observations; null if observations are not normalised. */
  get observationSettings(): Required<NormalizationOptions> | null {
    return this.#observation?.settings ?? null;
  }

  /** Mean and variance of discounted returns so far; null if rewards are not normalised. Do not change them. */
  get returns(): RunningStatistics | null {
    return this.#reward?.statistics ?? null;
  }

  /** Normalises the first `rows` observations in place, with the present statistics. Allocates nothing. */
  normalize(observations: Float32Array, rows: number): void {
    const part = this.#observation;
    if (part === null) return;
    const { size } = part.statistics;
    for (let at = 0; at < rows * size; at += size) part.standardize(observations, at);
  }

  /** Adds the normalisation of observations, with the present statistics, to an ONNX graph. @returns the name of the result */
  describe(graph: GraphWriter, observation: string): string {
    const part = this.#observation;
    if (part === null) return observation;
    const { mean, variance } = part.statistics;
    const { clip, epsilon } = part.settings;
    const factor = variance.map((v) => 1 / Math.sqrt(v + epsilon));
    return graph.clip(graph.standardize(observation, mean, factor), [-clip], [clip]);
  }

  /**
   * Adds one step of all environments, slots first .. first + E - 1, to the statistics and normalises these slots in place.
   * Allocates nothing.
   */
  includeStep(slots: NormalizedSlots, first: number): void {
    if (this.#observation !== null) this.#includeObservations(this.#observation, slots, first);
    if (this.#reward !== null) this.#includeRewards(this.#reward, slots, first);
  }

  #includeObservations(part: Normalization, slots: NormalizedSlots, first: number): void {
    const { observation, nextObservation, skipped } = slots;
    const { size } = part.statistics;
    const end = first + this.#environments;
    let steps = 0;
    for (let k = first; k < end; k++) {
      if (skipped[k] !== 0) continue;
      for (let i = 0; i < size; i++) this.#raw[steps * size + i] = observation[k * size + i];
      steps++;
    }
    for (let k = first; k < end; k++) part.standardize(observation, k * size);
    if (steps > 0) part.statistics.include(this.#raw, steps);
    for (let k = first; k < end; k++) part.standardize(nextObservation, k * size);
  }

  #includeRewards(part: Normalization, slots: NormalizedSlots, first: number): void {
    const { reward, terminated, truncated, skipped } = slots;
    const traces = this.#traces;
    const E = this.#environments;
    let steps = 0;
    for (let e = 0; e < E; e++) {
      if (skipped[first + e] !== 0) continue;
      traces[e] = traces[e] * this.#discount + reward[first + e];
      this.#seenTraces[steps++] = traces[e];
    }
    if (steps > 0) part.statistics.include(this.#seenTraces, steps);
    const { clip, epsilon } = part.settings;
    const deviation = Math.sqrt(part.statistics.variance[0] + epsilon);
    for (let e = 0; e < E; e++) {
      reward[first + e] = Math.min(Math.max(reward[first + e] / deviation, -clip), clip);
      if (terminated[first + e] !== 0 || truncated[first + e] !== 0) traces[e] = 0;
    }
  }

  /** Resets R of environments `from` and up: their running episodes are abandoned. */
  forgetEpisodes(from: number): void {
    this.#traces.fill(0, from);
  }

  // --- checkpoints: a policy file holds the statistics of observations, a run file all --------------------------

  check(from: CheckpointReader): void {
    for (const part of this.#partsOf(from)) part.check(from);
    if (from.contents === "run" && this.#reward !== null) this.#readTraces(from);
  }

  load(from: CheckpointReader): void {
    for (const part of this.#partsOf(from)) part.load(from);
    if (from.contents === "run" && this.#reward !== null) this.#traces.set(this.#readTraces(from));
  }

  save(to: CheckpointWriter): void {
    for (const part of this.#partsOf(to)) part.save(to);
    if (to.contents === "run" && this.#reward !== null) to.tensor("normalizer.traces", this.#traces.slice());
  }

  #partsOf({ contents }: { readonly contents: "run" | "policy" }): Normalization[] {
    return [this.#observation, contents === "run" ? this.#reward : null].filter((part) => part !== null);
  }

  #readTraces(from: CheckpointReader): Float64Array {
    const name = "normalizer.traces";
    return requireFiniteNumbers(name, from.tensor(name, Float64Array, this.#environments));
  }
}

/** Running statistics with the settings of their normalisation. */
class Normalization implements CheckpointPart {
  readonly statistics: RunningStatistics;
  readonly settings: Required<NormalizationOptions>;
  readonly #name: string;

  constructor(name: string, size: number, settings: Required<NormalizationOptions>) {
    this.statistics = new RunningStatistics(size);
    this.settings = settings;
    this.#name = name;
  }

  standardize(rows: Float32Array, at: number): void {
    const { clip, epsilon } = this.settings;
    this.statistics.standardize(rows, rows, at, epsilon, clip);
  }

  /** @throws CheckpointError when statistics are missing or impossible */
  check(from: CheckpointReader): void {
    this.#read(from, new RunningStatistics(this.statistics.size));
  }

  load(from: CheckpointReader): void {
    this.#read(from, this.statistics);
  }

  save(to: CheckpointWriter): void {
    const { count, mean, variance } = this.statistics;
    to.tensor(this.#tensor("count"), Float64Array.of(count));
    to.tensor(this.#tensor("mean"), mean.slice());
    to.tensor(this.#tensor("variance"), variance.slice());
  }

  #read(from: CheckpointReader, statistics: RunningStatistics): void {
    const read = (what: string, length: number): Float64Array => from.tensor(this.#tensor(what), Float64Array, length);
    const { size } = statistics;
    const [[count], mean, variance] = [read("count", 1), read("mean", size), read("variance", size)];
    if (statistics.load(count, mean, variance)) return;
    throw damaged(this.#tensor("*"), "a count above 0, finite means, variances of at least 0", [count, ...variance]);
  }

  #tensor(what: string): string {
    return `normalizer.${this.#name}.${what}`;
  }
}
