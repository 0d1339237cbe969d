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
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import { RunningStatistics } from "../running-statistics.ts";
import type { Space } from "../space.ts";
import { vectorTensor } from "./replay-tensors.ts";

export interface NormalizationOptions {
  /** Largest absolute value that comes out; above 0. @default 10, as Stable-Baselines3 */
  readonly clip?: number;
  /** Added to the variance; above 0. @default 1e-8, as Stable-Baselines3 */
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
}

export class RunningNormalizer {
  readonly #observation: Part | null;
  readonly #reward: Part | null;
  readonly #discount: number;
  readonly #environments: number;
  /** R of every environment's running episode. */
  readonly #traces: Float64Array;
  /** The observations of a step as they came. */
  readonly #raw: Float32Array;

  /** @param size numbers per observation */
  constructor(size: number, options: RunningNormalizerOptions) {
    const { discount, environments, normalizeObservations, normalizeRewards } = options;
    this.#observation = normalizeObservations === false ? null : new Part("observation", size, normalizeObservations);
    this.#reward = normalizeRewards === false ? null : new Part("return", 1, normalizeRewards);
    this.#discount = discount;
    this.#environments = environments;
    this.#traces = new Float64Array(environments);
    this.#raw = new Float32Array(this.#observation === null ? 0 : environments * size);
  }

  /** Whether anything is normalised. */
  get isIdle(): boolean {
    return this.#observation === null && this.#reward === null;
  }

  /** Mean and variance of observations so far; null where they are not normalised. Not to be changed. */
  get observations(): RunningStatistics | null {
    return this.#observation?.statistics ?? null;
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

  /** Takes in a whole step of all environments, slots first .. first + E - 1, and normalises it in place. Allocates nothing. */
  includeStep(slots: NormalizedSlots, first: number): void {
    if (this.#observation !== null) this.#includeObservations(this.#observation, slots, first);
    if (this.#reward !== null) this.#includeRewards(this.#reward, slots, first);
  }

  #includeObservations(part: Part, { observation, nextObservation }: NormalizedSlots, first: number): void {
    const raw = this.#raw;
    const { size } = part.statistics;
    const from = first * size;
    const to = from + raw.length;
    for (let i = 0; i < raw.length; i++) raw[i] = observation[from + i];
    for (let at = from; at < to; at += size) part.standardize(observation, at);
    part.statistics.include(raw, this.#environments);
    for (let at = from; at < to; at += size) part.standardize(nextObservation, at);
  }

  #includeRewards(part: Part, { reward, terminated, truncated }: NormalizedSlots, first: number): void {
    const traces = this.#traces;
    const E = this.#environments;
    for (let e = 0; e < E; e++) traces[e] = traces[e] * this.#discount + reward[first + e];
    part.statistics.include(traces, E);
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

  /** Tensors "normalizer.*": of a policy what its observations need, of a run all. */
  save(contents: "run" | "policy"): CheckpointTensor[] {
    const tensors = this.#observation?.save() ?? [];
    if (contents === "run" && this.#reward !== null) {
      tensors.push(...this.#reward.save(), vectorTensor("normalizer.traces", "F64", this.#traces.slice()));
    }
    return tensors;
  }

  /** The inverse of `save`. @throws CheckpointError when statistics are missing or cannot be; nothing is taken over then */
  restore(checkpoint: Checkpoint): void {
    const isRun = checkpoint.contents === "run";
    const traces =
      isRun && this.#reward !== null
        ? requireTensor(checkpoint, "normalizer.traces", Float64Array, this.#environments)
        : null;
    if (traces !== null && !traces.every(Number.isFinite)) throw damaged("normalizer.traces", "finite numbers", traces);
    const parts = [this.#observation, isRun ? this.#reward : null].filter((part) => part !== null);
    const saved = parts.map((part) => part.read(checkpoint));
    parts.forEach((part, i) => {
      const { count, mean, variance } = saved[i];
      part.statistics.load(count, mean, variance);
    });
    if (traces !== null) this.#traces.set(traces);
  }
}

/** One set of statistics and what it makes of numbers. */
class Part {
  readonly statistics: RunningStatistics;
  readonly #name: string;
  readonly settings: Required<NormalizationOptions>;

  constructor(name: string, size: number, settings: Required<NormalizationOptions>) {
    this.statistics = new RunningStatistics(size);
    this.#name = name;
    this.settings = settings;
  }

  standardize(rows: Float32Array, at: number): void {
    const { clip, epsilon } = this.settings;
    this.statistics.standardize(rows, rows, at, epsilon, clip);
  }

  save(): CheckpointTensor[] {
    const { count, mean, variance } = this.statistics;
    return [
      vectorTensor(this.#tensor("count"), "F64", Float64Array.of(count)),
      vectorTensor(this.#tensor("mean"), "F64", mean.slice()),
      vectorTensor(this.#tensor("variance"), "F64", variance.slice()),
    ];
  }

  /** Statistics that were saved, which can be. @throws CheckpointError */
  read(checkpoint: Pick<Checkpoint, "tensors">): RunningStatistics {
    const read = (what: string, length: number): Float64Array =>
      requireTensor(checkpoint, this.#tensor(what), Float64Array, length);
    const { size } = this.statistics;
    const [[count], mean, variance] = [read("count", 1), read("mean", size), read("variance", size)];
    const statistics = new RunningStatistics(size);
    if (!statistics.load(count, mean, variance)) {
      throw damaged(this.#tensor("*"), "a count above 0, finite means, variances of at least 0", [count, ...variance]);
    }
    return statistics;
  }

  #tensor(what: string): string {
    return `normalizer.${this.#name}.${what}`;
  }
}
