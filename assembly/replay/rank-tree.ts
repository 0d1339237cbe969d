// Rank-based priorities (src/operations/priorities.ts): the slots in use in the order of their errors, largest first, equal
// ones by slot. A treap (Seidel & Aragon 1996): ordered from left to right, and every node before those below it in
// the order of a hash of their slots. Its shape is that of a tree filled in random order, whatever the history: depth about
// 2 ln N, and adding or taking a node moves about two others. Each node counts its left side, which makes ranks.
//
//   tree | root | N | largest |error| ever f32 | unused | node of slot 0 | node of slot 1 | ...
//   node | left | right | nodes on the left | |error| f32 |        16 bytes; links are addresses, 0 for none
//   sums | sums[r - 1] = sum of 1 / k^alpha, k = 1 .. r | ...      float64, filled as N grows

import { pow } from "../math/exp-log-pow";
import { random_uniform_53 } from "../math/random";
import { priority_error_check } from "./sum-tree";

const LEFT: usize = 0, RIGHT: usize = 4, COUNT: usize = 8, ERROR: usize = 12;
const HEADER: usize = 16;

// @ts-ignore: decorator
@inline
function node_of(tree: usize, slot: usize): usize {
  return tree + HEADER + (slot << 4);
}

/** Whether a node of this error stands before another one; addresses are in the order of slots. */
// @ts-ignore: decorator
@inline
function comes_before(error: f32, node: usize, other: usize): bool {
  const otherError = load<f32>(other, ERROR);
  return error > otherError || (error == otherError && node < other);
}

/** A one-to-one hash (MurmurHash3's finalizer): the larger one is above. */
// @ts-ignore: decorator
@inline
function height(tree: usize, node: usize): u32 {
  let h = <u32>((node - tree) >> 4);
  h = (h ^ (h >>> 16)) * 0x85EBCA6B;
  h = (h ^ (h >>> 13)) * 0xC2B2AE35;
  return h ^ (h >>> 16);
}

/** Puts a node, whose error is set, in its place. */
function insert(tree: usize, node: usize): void {
  const error = load<f32>(node, ERROR);
  const h = height(tree, node);
  let link = tree;
  let t = load<usize>(link);
  while (t != 0 && height(tree, t) > h) {
    if (comes_before(error, node, t)) {
      store<u32>(t, load<u32>(t, COUNT) + 1, COUNT);
      link = t + LEFT;
    } else {
      link = t + RIGHT;
    }
    t = load<usize>(link);
  }
  store<usize>(link, node);
  // The node takes the place of what stood here (t), which is split: what comes before it goes left, the rest right.
  let before: u32 = 0;
  for (let u = t; u != 0;) {
    if (comes_before(error, node, u)) {
      u = load<usize>(u, LEFT);
    } else {
      before += load<u32>(u, COUNT) + 1;
      u = load<usize>(u, RIGHT);
    }
  }
  store<u32>(node, before, COUNT);
  let leftLink = node + LEFT, rightLink = node + RIGHT;
  while (t != 0) {
    if (comes_before(error, node, t)) {
      // Of the nodes on the left of t, those still to come on the way (before) leave it.
      store<u32>(t, load<u32>(t, COUNT) - before, COUNT);
      store<usize>(rightLink, t);
      rightLink = t + LEFT;
      t = load<usize>(t, LEFT);
    } else {
      before -= load<u32>(t, COUNT) + 1;
      store<usize>(leftLink, t);
      leftLink = t + RIGHT;
      t = load<usize>(t, RIGHT);
    }
  }
  store<usize>(leftLink, 0);
  store<usize>(rightLink, 0);
}

/** Takes a node out; its error is still the one it was put in with. */
function remove(tree: usize, node: usize): void {
  const error = load<f32>(node, ERROR);
  let link = tree;
  for (let t = load<usize>(link); t != node; t = load<usize>(link)) {
    if (comes_before(error, node, t)) {
      store<u32>(t, load<u32>(t, COUNT) - 1, COUNT);
      link = t + LEFT;
    } else {
      link = t + RIGHT;
    }
  }
  // What is below the node, left (a) and right (b), becomes one tree in its place.
  let a = load<usize>(node, LEFT), b = load<usize>(node, RIGHT);
  let sizeOfA = load<u32>(node, COUNT);
  while (a != 0 && b != 0) {
    if (height(tree, a) > height(tree, b)) {
      store<usize>(link, a);
      link = a + RIGHT;
      sizeOfA -= load<u32>(a, COUNT) + 1;
      a = load<usize>(a, RIGHT);
    } else {
      store<usize>(link, b);
      link = b + LEFT;
      store<u32>(b, load<u32>(b, COUNT) + sizeOfA, COUNT);
      b = load<usize>(b, LEFT);
    }
  }
  store<usize>(link, a != 0 ? a : b);
}

function grow(tree: usize, sums: usize, alpha: f64): void {
  const n = load<u32>(tree, 4);
  const below = n > 0 ? load<f64>(sums + (<usize>(n - 1) << 3)) : 0;
  store<f64>(sums + (<usize>n << 3), below + pow(<f64>(n + 1), -alpha));
  store<u32>(tree, n + 1, 4);
}

export function rank_tree_add(tree: usize, sums: usize, alpha: f64, slot: u32): void {
  const node = node_of(tree, slot);
  if (slot < load<u32>(tree, 4)) remove(tree, node);
  else grow(tree, sums, alpha);
  store<f32>(node, load<f32>(tree, 8), ERROR);
  insert(tree, node);
}

/** The tree of slots 0 .. size - 1, after their errors were written. */
export function rank_tree_build(tree: usize, sums: usize, alpha: f64, size: u32): void {
  store<usize>(tree, 0);
  store<u32>(tree, 0, 4);
  for (let slot: u32 = 0; slot < size; slot++) {
    grow(tree, sums, alpha);
    insert(tree, node_of(tree, slot));
  }
}

/**
 * Slots into index, weights into weight, both [rows] with floats 16 bytes apart.
 *
 * As in sum_tree_sample all rows take each step side by side and without branches: 64 rows of 1e4, 1e5,
 * 1e6 slots 15, 29, 108 -> 10, 15, 39 us (measured, Node 20).
 * On the way a row's x and then its rank lie in its weight and the word behind, its place in its index and the word behind.
 */
export function rank_tree_sample(
  tree: usize, sums: usize, stream: usize, rows: i32, exponent: f64, index: usize, weight: usize,
): void {
  const end = <usize>rows << 4;
  const size = load<u32>(tree, 4);
  const segment = load<f64>(sums + (<usize>(size - 1) << 3)) / <f64>rows;
  for (let b: usize = 0; b < end; b += 16) {
    store<f64>(weight + b, (<f64>(b >> 4) + random_uniform_53(stream)) * segment);
    store<u32>(index + b, 0);
  }
  // How many sums are at most x, but not all: one of n from the row's place on.
  for (let n = size; n > 1;) {
    const half = n >> 1;
    for (let b: usize = 0; b < end; b += 16) {
      const first = load<u32>(index + b);
      const isBelow = <u32>(load<f64>(sums + (<usize>(first + half - 1) << 3)) <= load<f64>(weight + b));
      store<u32>(index + b, first + (half & (0 - isBelow)));
    }
    n -= half;
  }
  let largest: f64 = 0;
  for (let b: usize = 0; b < end; b += 16) {
    const before = load<u32>(index + b);
    const rank = <f64>(before + 1);
    store<f64>(weight + b, rank);
    largest = max<f64>(largest, rank);
    store<u32>(index + b, load<u32>(tree));
    store<u32>(index + b, before, 4);
  }
  for (let moved: usize = 1; moved != 0;) {
    moved = 0;
    for (let b: usize = 0; b < end; b += 16) {
      const node = load<usize>(index + b);
      const before = load<u32>(index + b, 4), left = load<u32>(node, COUNT);
      const right = <u32>(before > left);
      const link = load<usize>(node + (<usize>right << 2));
      const next = node ^ ((node ^ link) & (0 - <usize>(before != left)));
      store<usize>(index + b, next);
      store<u32>(index + b, before - ((left + 1) & (0 - right)), 4);
      moved |= node ^ next;
    }
  }
  for (let b: usize = 0; b < end; b += 16) {
    // The low words are slot and weight, the high ones padding again.
    const slot = <f32>((load<usize>(index + b) - tree - HEADER) >> 4);
    const w = <f32>pow(load<f64>(weight + b) / largest, exponent);
    store<u64>(index + b, reinterpret<u32>(slot));
    store<u64>(weight + b, reinterpret<u32>(w));
  }
}

export function rank_tree_update(tree: usize, rows: i32, index: usize, absError: usize): i32 {
  const wrong = priority_error_check(rows, absError);
  if (wrong >= 0) return wrong;
  let largest = load<f32>(tree, 8);
  for (let b: usize = 0, end = <usize>rows << 4; b < end; b += 16) {
    const node = node_of(tree, <usize>load<f32>(index + b));
    const error = load<f32>(absError + b);
    largest = max<f32>(largest, error);
    remove(tree, node);
    store<f32>(node, error, ERROR);
    insert(tree, node);
  }
  store<f32>(tree, largest, 8);
  return -1;
}
