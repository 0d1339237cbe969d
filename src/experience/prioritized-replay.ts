// Prioritized experience replay (Schaul et al. 2016, https://arxiv.org/abs/1511.05952): transitions are sampled the more
// often the larger their last error was, and weighted down for it. Contents as in ReplayBuffer; priorities lie in the
// backend (assembly/replay/sum-tree.ts, assembly/replay/rank-tree.ts), and their meaning is in src/operations/priorities.ts.

import type { Backend } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { Priorities, PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ReplayContents, ReplayMemory, ReplaySpec } from "../operations/replay.ts";
import type { Replay } from "./replay.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

/** Defaults in brackets are Schaul et al.'s (table 3: proportional, rank). */
export interface PrioritizedReplayOptions {
  /** By the size of errors, or by their rank, which outliers do not impress. */
  readonly type: PriorityType;
  /** How much priorities count, 0 (uniform) .. 1. [0.6, 0.7] */
  readonly alpha?: number;
  /** Where `beta` begins; the paper raises it to 1 over the run, which is the caller's part. [0.4, 0.5] */
  readonly beta?: number;
  /** Added to errors, above 0 and at most 1. Not for ranks. [1e-6, Dopamine's; the paper names no value] */
  readonly epsilon?: number;
}

/** What an option left out means. */
export const PRIORITIZED_DEFAULTS: Readonly<
  Record<PriorityType, { readonly alpha: number; readonly beta: number; readonly epsilon: number }>
> = {
  proportional: { alpha: 0.6, beta: 0.4, epsilon: 1e-6 },
  rank: { alpha: 0.7, beta: 0.5, epsilon: 1e-6 },
};

const OPTION_NAMES = ["type", "alpha", "beta", "epsilon"];

/**
 * The options with defaults filled in, every value checked.
 * @param where begins the message of an error
 * @throws TypeError or RangeError for an unknown option or a value out of range
 */
export function readPrioritizedOptions(
  where: string,
  options: PrioritizedReplayOptions,
): Required<PrioritizedReplayOptions> {
  rejectUnknownOptions(where, options, OPTION_NAMES);
  const { type } = options;
  if (type !== "proportional" && type !== "rank") {
    throw new RangeError(`${where}: type expected "proportional" or "rank", got ${show(type)}. Choose one of them.`);
  }
  const defaults = PRIORITIZED_DEFAULTS[type];
  const { alpha = defaults.alpha, beta = defaults.beta, epsilon = defaults.epsilon } = options;
  requireNumber(where, "alpha", alpha, { min: 0, max: 1 }, "0 samples uniformly.");
  requireBeta(where, beta);
  requireNumber(where, "epsilon", epsilon, { above: 0, max: 1 }, "It keeps every transition in the draw.");
  return { type, alpha, beta, epsilon };
}

function requireBeta(where: string, beta: number): void {
  requireNumber(where, "beta", beta, { min: 0, max: 1 }, "1 makes up for the whole bias.");
}

export class PrioritizedReplay implements Replay {
  readonly #backend: Backend;
  readonly #buffer: ReplayBuffer;
  readonly #priorities: Priorities;
  #beta: number;

  /** @throws TypeError or RangeError for options out of range, or a capacity that memory cannot hold */
  constructor(backend: Backend, spec: ReplaySpec, options: PrioritizedReplayOptions) {
    const { type, alpha, beta, epsilon } = readPrioritizedOptions("replay", options);
    this.#backend = backend;
    this.#beta = beta;
    // First: what is said to fit when the contents do not must leave room for the priorities.
    this.#priorities = backend.priorities.plan({ type, capacity: spec.capacity, alpha, epsilon });
    this.#buffer = new ReplayBuffer(backend, spec);
  }

  get type(): PriorityType {
    return this.#priorities.spec.type;
  }

  get memory(): ReplayMemory {
    return this.#buffer.memory;
  }

  get capacity(): number {
    return this.#buffer.capacity;
  }

  get size(): number {
    return this.#buffer.size;
  }

  get position(): number {
    return this.#buffer.position;
  }

  get bytes(): number {
    return this.#buffer.bytes + this.#priorities.bytes;
  }

  get beta(): number {
    return this.#beta;
  }

  /** @throws TypeError or RangeError outside 0 .. 1 */
  set beta(value: number) {
    // requireNumber builds its message either way.
    if (!(value >= 0 && value <= 1)) requireBeta("replay", value);
    this.#beta = value;
  }

  /** The transition gets the largest priority so far, so that each is soon seen once. */
  add(observation: Float32Array, action: Float32Array, sums: Float64Array, nextObservation: Float32Array): void {
    this.#backend.priorities.add(this.#priorities, this.#buffer.position);
    this.#buffer.add(observation, action, sums, nextObservation);
  }

  sample(stream: RandomStream, rows: number, batch: Batch): void {
    this.#backend.priorities.sample(this.#priorities, stream, rows, this.#beta, batch);
    this.#backend.replay.gather(this.#buffer.memory, rows, batch);
  }

  updatePriorities(rows: number, batch: Batch, absError: Tensor): void {
    const wrong = this.#backend.priorities.update(this.#priorities, rows, batch.index, absError);
    if (wrong >= 0) throw this.#refusal(wrong, absError);
  }

  #refusal(row: number, absError: Tensor): RangeError {
    const errors = this.#backend.read(absError);
    const value = errors instanceof Promise ? "another" : show(errors[row * absError.columns]);
    return new RangeError(
      `replay: absError expected finite numbers of at least 0, got ${value} in row ${row}. Pass |q - target|, and look for what made it so.`,
    );
  }

  contents(): ReplayContents {
    return this.#buffer.contents();
  }

  priorities(): PriorityContents {
    return this.#backend.priorities.read(this.#priorities, this.size);
  }

  restore(contents: ReplayContents, position: number, priorities: PriorityContents | null = null): void {
    this.#buffer.restore(contents, position);
    const values = new Float64Array(priorities === null ? 0 : contents.reward.length);
    if (priorities !== null) values.set(priorities.values);
    this.#backend.priorities.write(this.#priorities, { values, maximum: priorities?.maximum ?? 1 });
    if (priorities !== null) return;
    for (let slot = 0; slot < this.size; slot++) this.#backend.priorities.add(this.#priorities, slot);
  }
}
