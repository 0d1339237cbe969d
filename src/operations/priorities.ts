// Priorities of prioritized experience replay (Schaul et al. 2016, https://arxiv.org/abs/1511.05952): which slots of a
// replay memory are drawn how often, and the importance weights that make up for it.
//
// Letters of the paper: delta an error, p_i the priority of slot i, P(i) its probability, N slots that hold a transition.
//
// Slots are added for the first time in the order 0, 1, 2, ... (as a ring fills); from then on in any order.

import type { Batch, RandomStream, Tensor } from "./handles.ts";

/**
 * proportional: P(i) = p_i / sum of p, p_i = (|delta_i| + epsilon)^alpha (section 3.3, first variant).
 * rank: P(i) = p_i / sum of p, p_i = rank(i)^-alpha. Ranks are exact, 1 for the largest |delta|, equal ones in the order
 * of their slots. `Differs from paper:` there, ranks are positions in a heap that is sorted now and then.
 */
export type PriorityType = "proportional" | "rank";

export interface PrioritySpec {
  readonly type: PriorityType;
  /** Slots, those of the replay memory. */
  readonly capacity: number;
  /** 0 (uniform) .. 1 */
  readonly alpha: number;
  /** Above 0: keeps transitions without an error from never being drawn again. Unused by ranks. */
  readonly epsilon: number;
}

export interface Priorities {
  readonly spec: PrioritySpec;
  readonly bytes: number;
}

/** Enough to go on bit for bit. */
export interface PriorityContents {
  /** One per slot in use: p_i (proportional, above 0), or |delta_i| (rank, a float32). */
  readonly values: Float64Array;
  /** What the next added slot gets: at least every value. */
  readonly maximum: number;
}

/**
 * `add` and every row of `sample` and `update` cost O(log capacity) (ranks: expected). Numbers are float64 but for batches.
 */
export interface PriorityOperations {
  /** No slot is in use. */
  plan(spec: PrioritySpec): Priorities;

  /**
   * Gives a slot, new or overwritten, the largest p (rank: |delta|) that any slot ever had, also one overwritten since; 1
   * before the first `update` (algorithm 1, line 6).
   */
  add(priorities: Priorities, slot: number): void;

  /**
   * Draws `rows` slots into batch.index, one from each of `rows` segments of equal probability (stratified, appendix
   * B.2.1), in order, and their weights w into batch.weight; the rest of the batch is `ReplayOperations.gather`'s.
   *
   * x = (b + u) (total / rows), u uniform in [0, 1) with 53 bits (27 of one word, 26 of the next).
   * proportional: total is the sum of p by halves: of the slots' p, 0 up to the next power of two, neighbours are added,
   * then neighbours of these sums, ... From the top, x goes left where it is below the left sum or the right sum is 0,
   * else right, less the left sum: also an x that rounding put at the total ends in a slot in use.
   * rank: sums[r] = sums[r - 1] + r^-alpha, total = sums[N]; the slot of the first rank r with sums[r] > x, at most N.
   *
   * w_i = (N P(i))^-beta / max over the batch (algorithm 1, lines 10 and 13). N and the total cancel: it is computed as
   * (smallest p of the batch / p_i)^beta, for ranks (rank(i) / largest rank of the batch)^(alpha beta).
   * @pre a slot is in use
   * @param beta 0 .. 1
   */
  sample(priorities: Priorities, stream: RandomStream, rows: number, beta: number, batch: Batch): void;

  /**
   * New errors of the slots in `index`, row by row: of a slot that occurs twice the last row counts. All slots must be in
   * use, and hold what they held when they were sampled: what was added to one since would get the error of another.
   * @param index [B, 1], usually batch.index
   * @param absError [B, 1] |delta|, without weight
   * @returns -1; or the first row whose error is negative, infinite or NaN, and then nothing has changed
   */
  update(priorities: Priorities, rows: number, index: Tensor, absError: Tensor): number;

  /** Of slots 0 .. size - 1, all that are in use. */
  read(priorities: Priorities, size: number): PriorityContents;
  /** Replaces everything; slots beyond the contents are no longer in use. */
  write(priorities: Priorities, contents: PriorityContents): void;
}
