// Normalisation by running statistics as part of an agent: of observations, to mean 0 and variance 1, and of rewards, by the
// deviation of discounted returns. As Stable-Baselines3's VecNormalize around the environment, but the statistics are the
// agent's: they are saved with it, and a policy needs nothing beside it.
//
// Every step of the E environments that is taken in goes through these, in this order:
//
//   1. observations are stored as the policy saw them, with the statistics of when it acted
//   2. they join the statistics, all E as one batch
//   3. next observations are stored with the new statistics: as the policy sees them when it acts on them
//   4. returns R = discount R + reward join theirs, all E as one batch; rewards are divided by their deviation; R = 0 where
//      an episode ended
//
// So every observation that was acted on in training counts once, and nothing else does: evaluation leaves no trace.
// Statistics and R are float64, what is stored float32.

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

export interface NormalizationOptions {
  /** Largest absolute value that comes out; above 0. @defaultValue 10, as Stable-Baselines3 */
  readonly clip?: number;
  /** Added to the variance; above 0. @defaultValue 1e-8, as Stable-Baselines3 */
  readonly epsilon?: number;
}

/** Options with every default filled in, or false for none: part of checkpoints. */
export type NormalizationSettings = Required<NormalizationOptions> | false;

const DEFAULTS: Required<NormalizationOptions> = { clip: 10, epsilon: 1e-8 };

/**
 * @param given true for the defaults, false for none, or options
 * @throws TypeError or RangeError when it is none of these, or a setting is unknown or out of range
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

/** @throws RangeError when observations are not the numbers that have a mean and a variance */
export function requireNormalizable(where: string, settings: NormalizationSettings, space: Space): void {
  if (settings === false || space.kind === "box") return;
  throw new RangeError(
    `${where}: normalizeObservations expected a Box to observe, got ${show(space.kind)}. Leave it out: such observations reach a network one-hot.`,
  );
}

export interface RunningNormalizerOptions {
  readonly normalizeObservations: NormalizationSettings;
  readonly normalizeRewards: NormalizationSettings;
  readonly discount: number;
  readonly environments: number;
}

/** The part of a rollout that is normalised: slots as in `Rollout`, raw until their step is whole. */
export interface NormalizedSlots {
  /** [slots, observation size] */
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  /** [slots] */
  readonly reward: Float32Array;
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  /** 1 where a slot is no step, and has no part in the statistics. */
  readonly skipped: Uint8Array;
}

export class RunningNormalizer implements CheckpointPart {
  readonly #observation: Normalization | null;
  readonly #reward: Normalization | null;
  readonly #discount: number;
  readonly #environments: number;
  /** R of every environment's running episode. */
  readonly #traces: Float64Array;
  /** Those of the environments that made a step. */
  readonly #seenTraces: Float64Array;
  /** The observations of a step as they came. Float64 as returns are: reading arrays of two kinds makes heap objects. */
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

  /** Mean and variance of observations so far; null where they are not normalised. Not to be changed. */
  get observations(): RunningStatistics | null {
    return this.#observation?.statistics ?? null;
  }

  /** How observations are normalised; null where they are not. */
  get observationSettings(): Required<NormalizationOptions> | null {
    return this.#observation?.settings ?? null;
  }

  /** Variance and mean of discounted returns so far; null where rewards are not normalised. Not to be changed. */
  get returns(): RunningStatistics | null {
    return this.#reward?.statistics ?? null;
  }

  /** Observations as the policy sees them now, in place: `rows` of them from the start. Allocates nothing. */
  normalize(observations: Float32Array, rows: number): void {
    const part = this.#observation;
    if (part === null) return;
    const { size } = part.statistics;
    for (let at = 0; at < rows * size; at += size) part.standardize(observations, at);
  }

  /** Observations as the policy sees them now, in an ONNX graph. @returns their name */
  describe(graph: GraphWriter, observation: string): string {
    const part = this.#observation;
    if (part === null) return observation;
    const { mean, variance } = part.statistics;
    const { clip, epsilon } = part.settings;
    const factor = variance.map((v) => 1 / Math.sqrt(v + epsilon));
    return graph.clip(graph.standardize(observation, mean, factor), [-clip], [clip]);
  }

  /** Takes in a whole step of all environments, slots first .. first + E - 1, and normalises it in place. Allocates nothing. */
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

  /** The running episodes of environments `from` and up end here, unseen. */
  forgetEpisodes(from: number): void {
    this.#traces.fill(0, from);
  }

  // --- checkpoints: of a policy what its observations need, of a run everything ---------------------------------------

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

/** One set of statistics and what it makes of numbers. */
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

  /** @throws CheckpointError when statistics are missing or cannot be */
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
