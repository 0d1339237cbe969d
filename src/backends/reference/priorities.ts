// Priorities in one of two data structures, with one file each.

import type { Batch, RandomStream, Tensor } from "../../operations/handles.ts";
import type { Priorities, PriorityContents, PriorityOperations, PrioritySpec } from "../../operations/priorities.ts";
import { dataOf, stateOf } from "./handles.ts";
import { ReferenceRankList } from "./rank-list.ts";
import { ReferenceSumTree } from "./sum-tree.ts";

class ReferencePriorityMemory implements Priorities {
  readonly spec: PrioritySpec;
  readonly slots: ReferenceSumTree | ReferenceRankList;

  constructor(spec: PrioritySpec) {
    this.spec = spec;
    this.slots =
      spec.type === "rank" ? new ReferenceRankList(spec.capacity, spec.alpha) : new ReferenceSumTree(spec.capacity);
  }

  get bytes(): number {
    return this.slots.bytes;
  }
}

function slotsOf(priorities: Priorities): ReferenceSumTree | ReferenceRankList {
  return (priorities as ReferencePriorityMemory).slots;
}

export class ReferencePriorities implements PriorityOperations {
  /** Bytes planned so far. */
  bytes = 0;

  plan(spec: PrioritySpec): Priorities {
    const memory = new ReferencePriorityMemory(spec);
    this.bytes += memory.bytes;
    return memory;
  }

  add(priorities: Priorities, slot: number): void {
    slotsOf(priorities).add(slot);
  }

  sample(priorities: Priorities, stream: RandomStream, rows: number, beta: number, batch: Batch): void {
    slotsOf(priorities).sample(stateOf(stream), rows, beta, dataOf(batch.index), dataOf(batch.weight));
  }

  update(priorities: Priorities, rows: number, index: Tensor, absError: Tensor): number {
    const errors = dataOf(absError);
    for (let b = 0; b < rows; b++) if (!(errors[b] >= 0 && errors[b] < Number.POSITIVE_INFINITY)) return b;
    const { alpha, epsilon } = priorities.spec;
    slotsOf(priorities).update(rows, dataOf(index), errors, alpha, epsilon);
    return -1;
  }

  read(priorities: Priorities, size: number): PriorityContents {
    return slotsOf(priorities).contents(size);
  }

  write(priorities: Priorities, contents: PriorityContents): void {
    slotsOf(priorities).setContents(contents);
  }
}
