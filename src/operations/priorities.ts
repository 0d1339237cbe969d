// Priorities of prioritized experience replay (Schaul et al. 2016, https://arxiv.org/abs/1511.05952): how often each slot of
// a replay memory is drawn, and the importance weights that correct for it.
//
// Letters of the paper: delta an error, p_i the priority of slot i, P(i) its probability, N the number of slots in use
// (those that hold a transition).
//
// Slots are first added in the order 0, 1, 2, ... (as a ring fills), and later replaced in any order.

import type { Batch, RandomStream, Tensor } from "./handles.ts";

/**
 * Formula of the priorities; in both, P(i) = p_i / sum of p.
 * - "proportional": p_i = (|delta_i| + epsilon)^alpha (section 3.3, first variant).
 * - "rank": p_i = rank(i)^-alpha. Ranks are exact: 1 for the largest |delta|, equal errors in the order of their slots.
 *   `Differs from paper:` there, ranks are positions in a heap that is sorted now and then.
 */
export type PriorityType = "proportional" | "rank";

/** Plan of the priorities of a replay memory. */
export interface PrioritySpec {
  readonly type: PriorityType;
  /** Slots of the replay memory. */
  readonly capacity: number;
  /** Exponent of the priorities: 0 (uniform sampling) .. 1. */
  readonly alpha: number;
  /** Number added to every error, above 0, so that transitions with error 0 are still drawn. Not used by ranks. */
  readonly epsilon: number;
}

/** Handle of the priorities of a replay memory. */
export interface Priorities {
  readonly spec: PrioritySpec;
  /** Bytes of memory planned. */
  readonly bytes: number;
}

/** Saved priorities; a run continues from them bit for bit. */
export interface PriorityContents {
  /** One number per slot in use: p_i (proportional, above 0), or |delta_i| (rank, a float32). */
  readonly values: Float64Array;
  /** Number for the next slot that is added; at least as large as every value. */
  readonly maximum: number;
}

/**
 * `add`, and each row of `sample` and `update`, cost O(log capacity); for ranks this is the expected cost. Numbers are
 * float64, in batches float32.
 */
export interface PriorityOperations {
  /** Plans priorities with no slot in use. */
  plan(spec: PrioritySpec): Priorities;

  /**
   * Gives a slot, new or overwritten, the largest p (rank: |delta|) that any slot ever had, slots overwritten since
   * included; 1 before the first `update` (algorithm 1, line 6).
   */
  add(priorities: Priorities, slot: number): void;

  /**
   * Draws `rows` slots into batch.index, one from each of `rows` segments of equal probability, in order (stratified,
   * appendix B.2.1). Writes their weights w into batch.weight. `ReplayOperations.gather` fills the rest of the batch.
   *
   * x = (b + u) (total / rows), u uniform in [0, 1) with 53 bits (27 of one word, 26 of the next).
   * proportional: a tree of sums. Its leaves are the p of the slots, with 0 up to the next power of two; each node is the
   * sum of its two children; total is the root. From the root, x goes left where x is below the left sum or the right sum is
   * 0, else right, and x is reduced by the left sum. So an x that rounding put at the total still ends in a slot in use.
   * rank: sums[r] = sums[r - 1] + r^-alpha, total = sums[N]. The slot of the first rank r with sums[r] > x is drawn, at most
   * rank N.
   *
   * w_i = (N P(i))^-beta / max over the batch (algorithm 1, lines 10 and 13). N and the total cancel, so that w_i is
   * computed as (smallest p of the batch / p_i)^beta, for ranks as (rank(i) / largest rank of the batch)^(alpha beta).
   * @pre at least one slot is in use
   * @param beta 0 .. 1
   */
  sample(priorities: Priorities, stream: RandomStream, rows: number, beta: number, batch: Batch): void;

  /**
   * Replaces the errors of the slots in `index`, row by row. When a slot occurs twice, its last row counts. All slots must
   * be in use and hold the same transition as when they were sampled: a transition stored since would get the error of the
   * old one.
   * @param index [B, 1] slots, usually batch.index
   * @param absError [B, 1] |delta|, without weight
   * @returns -1 after a change of all rows; else the first row whose error is negative, infinite or NaN, and nothing has
   *   changed
   */
  update(priorities: Priorities, rows: number, index: Tensor, absError: Tensor): number;

  /** Returns the priorities of the slots 0 .. size - 1, which are all slots in use. */
  read(priorities: Priorities, size: number): PriorityContents;
  /** Replaces all priorities. Slots beyond the contents are no longer in use. */
  write(priorities: Priorities, contents: PriorityContents): void;
}
