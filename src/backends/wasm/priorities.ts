// Priorities in the engine's memory: assembly/replay/sum-tree.ts and assembly/replay/rank-tree.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Batch, RandomStream, Tensor } from "../../operations/handles.ts";
import type { Priorities, PriorityContents, PriorityOperations, PrioritySpec } from "../../operations/priorities.ts";
import { addressOf, streamAddressOf } from "./handles.ts";

/** Bytes before the nodes of a rank tree, and bytes of a node. The last word of a node is its error. */
const RANK_HEADER = 16;
const RANK_NODE = 16;

class WasmPriorityMemory implements Priorities {
  readonly spec: PrioritySpec;
  readonly bytes: number;
  /** Address of the sum tree or the rank tree. */
  readonly tree: number;
  /** Number of leaves of a sum tree. */
  readonly leaves: number;
  /** Address of the sums by rank; 0 for a sum tree. */
  readonly sums: number;

  constructor(engine: Engine, spec: PrioritySpec) {
    this.spec = spec;
    const before = engine.bytes;
    let leaves = 1;
    while (leaves < spec.capacity) leaves *= 2;
    this.leaves = leaves;
    const { capacity } = spec;
    if (spec.type === "rank") {
      // One block, so that nothing is planned when the memory does not suffice.
      const sumsOffset = RANK_HEADER + RANK_NODE * capacity;
      const bytesEach = RANK_NODE + 8;
      this.tree = engine.allocate(sumsOffset + 8 * capacity, { capacity, what: "priorities", bytesEach });
      this.sums = this.tree + sumsOffset;
      engine.f32(this.tree, 3)[2] = 1;
    } else {
      this.tree = engine.allocate(16 * leaves, { capacity, what: "priorities", bytesEach: 16 });
      this.sums = 0;
      engine.f64(this.tree, 1)[0] = 1;
    }
    this.bytes = engine.bytes - before;
  }
}

export class WasmPriorities implements PriorityOperations {
  readonly #engine: Engine;
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  plan(spec: PrioritySpec): Priorities {
    return new WasmPriorityMemory(this.#engine, spec);
  }

  add(priorities: Priorities, slot: number): void {
    const { spec, tree, leaves, sums } = priorities as WasmPriorityMemory;
    if (spec.type === "rank") this.#kernel.rank_tree_add(tree, sums, spec.alpha, slot);
    else this.#kernel.sum_tree_add(tree, leaves, slot);
  }

  sample(priorities: Priorities, stream: RandomStream, rows: number, beta: number, batch: Batch): void {
    const { spec, tree, leaves, sums } = priorities as WasmPriorityMemory;
    const state = streamAddressOf(stream);
    const index = addressOf(batch.index);
    const weight = addressOf(batch.weight);
    if (spec.type === "rank") this.#kernel.rank_tree_sample(tree, sums, state, rows, spec.alpha * beta, index, weight);
    else this.#kernel.sum_tree_sample(tree, leaves, state, rows, beta, index, weight);
  }

  update(priorities: Priorities, rows: number, index: Tensor, absError: Tensor): number {
    const { spec, tree, leaves } = priorities as WasmPriorityMemory;
    const slots = addressOf(index);
    const errors = addressOf(absError);
    if (spec.type === "rank") return this.#kernel.rank_tree_update(tree, rows, slots, errors);
    return this.#kernel.sum_tree_update(tree, leaves, spec.alpha, spec.epsilon, rows, slots, errors);
  }

  read(priorities: Priorities, size: number): PriorityContents {
    const { spec, tree, leaves } = priorities as WasmPriorityMemory;
    if (spec.type === "rank") {
      const words = this.#engine.f32(tree, (RANK_HEADER + RANK_NODE * size) / 4);
      return { values: Float64Array.from({ length: size }, (_, slot) => words[4 * slot + 7]), maximum: words[2] };
    }
    const nodes = this.#engine.f64(tree, leaves + size);
    return { values: nodes.slice(leaves), maximum: nodes[0] };
  }

  write(priorities: Priorities, { values, maximum }: PriorityContents): void {
    const { spec, tree, leaves, sums } = priorities as WasmPriorityMemory;
    if (spec.type === "rank") {
      const words = this.#engine.f32(tree, (RANK_HEADER + RANK_NODE * values.length) / 4);
      words[2] = maximum;
      for (let slot = 0; slot < values.length; slot++) words[4 * slot + 7] = values[slot];
      this.#kernel.rank_tree_build(tree, sums, spec.alpha, values.length);
    } else {
      const nodes = this.#engine.f64(tree, 2 * leaves);
      nodes.fill(0, leaves);
      nodes.set(values, leaves);
      nodes[0] = maximum;
      this.#kernel.sum_tree_build(tree, leaves);
    }
  }
}
