// The handles of the WebGPU backend: offsets in the device memory, and the numbers that the host knows.

import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import { firstStreamState } from "../stream-seed.ts";

/** Returns how many numbers a parameter has: [out, in] row by row, without padding. */
function sizeOf({ shape }: ParameterSpec): number {
  return shape[0] * (shape[1] ?? 1);
}

export class GpuTensor implements Tensor {
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  /** Numbers that the host wrote, row-major; null before the first write. */
  host: Float32Array | null = null;
  /** First row of `host` that was not uploaded yet. */
  dirtyFrom = 0;
  /** Row after the last one of `host` that was not uploaded yet. */
  dirtyTo = 0;
  /** True while `host` (zeros without `host`) holds the whole tensor: no operation has written it since. */
  isHost = true;
  /** Number of writes to the tensor. */
  version = 0;
  /** Numbers of the last retrieval. */
  retrieved: Float32Array | null = null;
  /** Version of the numbers of the last retrieval. */
  retrievedVersion = -1;

  constructor(rows: number, columns: number, offset: number) {
    this.rows = rows;
    this.columns = columns;
    this.offset = offset;
  }
}

export class GpuParameters implements Parameters {
  readonly specs: readonly ParameterSpec[];
  /** Offset of every array in the device memory. */
  readonly offsets: readonly number[];
  readonly offset: number;
  /** Floats of the block. */
  readonly length: number;
  /** Number of writes to the block. */
  version = 0;
  /** Numbers of the last retrieval. */
  retrieved: Float32Array | null = null;
  /** Version of the numbers of the last retrieval. */
  retrievedVersion = -1;

  /** @param allocate reserves that many floats and returns their offset */
  constructor(specs: readonly ParameterSpec[], allocate: (floats: number) => number) {
    const sizes = specs.map(sizeOf);
    this.specs = specs;
    this.length = sizes.reduce((sum, size) => sum + size, 0);
    this.offset = allocate(this.length);
    let next = this.offset;
    this.offsets = sizes.map((size) => {
      next += size;
      return next - size;
    });
  }

  /** Returns the numbers of one array from a copy of the block. */
  slice(block: Float32Array, index: number): Float32Array {
    const first = this.offsets[index] - this.offset;
    return block.slice(first, first + sizeOf(this.specs[index]));
  }
}

/** A stream whose numbers are drawn on the host: waiting for an answer of the device would take longer than the draw. */
export class GpuStream implements RandomStream {
  readonly purpose: string;
  readonly state: Uint32Array;

  constructor(seed: number, purpose: string) {
    this.purpose = purpose;
    this.state = firstStreamState(seed, purpose);
  }
}
