// Prioritized experience replay (Schaul et al. 2016, https://arxiv.org/abs/1511.05952): transitions with a large last error are
// sampled more often, and importance weights correct the bias. Transitions are stored as in ReplayBuffer. Priorities lie in the
// backend (assembly/replay/sum-tree.ts, assembly/replay/rank-tree.ts); src/operations/priorities.ts defines them.

import type { Backend } from "../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { Priorities, PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ReplayContents, ReplayMemory, ReplaySpec } from "../operations/replay.ts";
import type { Replay } from "./replay.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

/** Options of prioritized replay. Defaults of `alpha` and `beta` are Schaul et al.'s, table 3. */
export interface PrioritizedReplayOptions {
  /** "proportional": by the size of errors. "rank": by the rank of errors, which is robust to outliers. */
  readonly type: PriorityType;
  /** Strength of prioritization, 0 (uniform sampling) .. 1. @defaultValue 0.6 (proportional), 0.7 (rank) */
  readonly alpha?: number;
  /**
   * First strength of the importance weights, 0 (none) .. 1 (full). The paper raises it to 1 over the run; here the caller
   * does that.
   * @defaultValue 0.4 (proportional), 0.5 (rank)
   */
  readonly beta?: number;
  /** Number added to errors, above 0 and at most 1. "rank" ignores it. @defaultValue 1e-6, as Dopamine; the paper gives none */
  readonly epsilon?: number;
}

/** Defaults of each type. */
export const PRIORITIZED_DEFAULTS: Readonly<
  Record<PriorityType, { readonly alpha: number; readonly beta: number; readonly epsilon: number }>
> = {
  proportional: { alpha: 0.6, beta: 0.4, epsilon: 1e-6 },
  rank: { alpha: 0.7, beta: 0.5, epsilon: 1e-6 },
};

const OPTION_NAMES = ["type", "alpha", "beta", "epsilon"];

/**
 * Checks the options and fills in the defaults.
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

/** A replay that samples transitions with a large error more often. */
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
    // Priorities come first: if the contents do not fit, the error names a capacity that leaves room for the priorities.
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

  /** Stores a transition with the largest priority so far, so that every transition is sampled soon. */
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
