// Proportional priorities (src/operations/priorities.ts): p of every slot, and their sums by halves.
//
//   tree | largest p ever | total | 2 sums | 4 sums | ... | p of slot 0 | p of slot 1 | ... | 0 up to a power of two |
//   node |       0        |   1   |  2, 3  | 4 .. 7 |     | leaves      | leaves + 1  |     |                        |
//
// float64 each. Invariant: node k = node 2k + node 2k+1 for 1 <= k < leaves, rounded once: sums are taken anew from their
// two halves, never corrected by a difference, so that they depend on the leaves alone and no error adds up. The order of
// slots is kept for every capacity; pages that stand for slots beyond it are never touched.

import { pow } from "../math/exp-log-pow";
import { random_uniform_53 } from "../math/random";

// @ts-ignore: decorator
@inline
function sum_of_halves(tree: usize, node: usize): f64 {
  const halves = tree + (node << 4);
  return load<f64>(halves) + load<f64>(halves, 8);
}

// @ts-ignore: decorator
@inline
function set_leaf(tree: usize, node: usize, p: f64): void {
  store<f64>(tree + (node << 3), p);
  for (node >>= 1; node > 0; node >>= 1) store<f64>(tree + (node << 3), sum_of_halves(tree, node));
}

export function sum_tree_add(tree: usize, leaves: usize, slot: usize): void {
  set_leaf(tree, leaves + slot, load<f64>(tree));
}

/** All sums, after the leaves were written. */
export function sum_tree_build(tree: usize, leaves: usize): void {
  for (let node = leaves - 1; node > 0; node--) store<f64>(tree + (node << 3), sum_of_halves(tree, node));
}

/**
 * Slots into index, weights into weight, both [rows] with floats 16 bytes apart.
 *
 * All rows go down the tree side by side, level by level and without branches, so that one row's reads are under way
 * while another's are waited for: 64 rows of 1e4, 1e5, 1e6 slots 11.3, 14.3, 23.3 -> 6.8, 8.6, 13.1 us (measured, Node
 * 20). Until they are down, a row's x lies in its weight and the word behind, its node in its index.
 */
export function sum_tree_sample(
  tree: usize, leaves: usize, stream: usize, rows: i32, beta: f64, index: usize, weight: usize,
): void {
  const end = <usize>rows << 4;
  const segment = load<f64>(tree, 8) / <f64>rows;
  for (let b: usize = 0; b < end; b += 16) {
    store<f64>(weight + b, (<f64>(b >> 4) + random_uniform_53(stream)) * segment);
    store<usize>(index + b, 1);
  }
  for (let below = leaves; below > 1; below >>= 1) {
    for (let b: usize = 0; b < end; b += 16) {
      const x = load<f64>(weight + b);
      const node = load<usize>(index + b) << 1;
      const halves = tree + (node << 3);
      const left = load<f64>(halves);
      // A right sum of 0 holds no slot in use: also an x that rounding put at the total ends in one that is.
      const right = <usize>(x >= left) & <usize>(load<f64>(halves, 8) > 0);
      store<f64>(weight + b, x - reinterpret<f64>(reinterpret<u64>(left) & (0 - <u64>right)));
      store<usize>(index + b, node + right);
    }
  }
  let smallest: f64 = Infinity;
  for (let b: usize = 0; b < end; b += 16) {
    const node = load<usize>(index + b);
    const p = load<f64>(tree + (node << 3));
    store<f64>(weight + b, p);
    store<f32>(index + b, <f32>(node - leaves));
    smallest = min<f64>(smallest, p);
  }
  for (let b: usize = 0; b < end; b += 16) {
    // The low word is the weight, the high one padding again.
    const w = <f32>pow(smallest / load<f64>(weight + b), beta);
    store<u64>(weight + b, reinterpret<u32>(w));
  }
}

/** First of `rows` floats, 16 bytes apart, that is negative, infinite or NaN; -1 if none is. */
export function priority_error_check(rows: i32, absError: usize): i32 {
  for (let b = 0; b < rows; b++) {
    const error = load<f32>(absError + (<usize>b << 4));
    if (!(error >= 0 && error < Infinity)) return b;
  }
  return -1;
}

export function sum_tree_update(
  tree: usize, leaves: usize, alpha: f64, epsilon: f64, rows: i32, index: usize, absError: usize,
): i32 {
  const wrong = priority_error_check(rows, absError);
  if (wrong >= 0) return wrong;
  let largest = load<f64>(tree);
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    const p = pow(<f64>load<f32>(absError + b) + epsilon, alpha);
    largest = max<f64>(largest, p);
    set_leaf(tree, leaves + <usize>load<f32>(index + b), p);
  }
  store<f64>(tree, largest);
  return -1;
}
