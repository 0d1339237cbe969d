// What the WebGPU backend's handles hold: places in the device memory, and what the host knows of their numbers.

import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import { firstStreamState } from "../stream-seed.ts";

/** Numbers of a parameter; [out, in] row by row, without padding. */
function sizeOf({ shape }: ParameterSpec): number {
  return shape[0] * (shape[1] ?? 1);
}

export class GpuTensor implements Tensor {
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  /** What the host wrote, row-major; null before. */
  host: Float32Array | null = null;
  /** Rows of `host` that the device has not been given. */
  dirtyFrom = 0;
  dirtyTo = 0;
  /** Whether no operation has written the tensor since `host` was complete (zeros without `host`). */
  isHost = true;
  /** Counts what wrote the tensor. */
  version = 0;
  /** What the last retrieval brought, and the version that it shows. */
  retrieved: Float32Array | null = null;
  retrievedVersion = -1;

  constructor(rows: number, columns: number, offset: number) {
    this.rows = rows;
    this.columns = columns;
    this.offset = offset;
  }
}

export class GpuParameters implements Parameters {
  readonly specs: readonly ParameterSpec[];
  /** Of every spec in the device memory. */
  readonly offsets: readonly number[];
  readonly offset: number;
  /** Floats. */
  readonly length: number;
  /** Counts what wrote the block. */
  version = 0;
  /** What the last retrieval brought, and the version that it shows. */
  retrieved: Float32Array | null = null;
  retrievedVersion = -1;

  /** @param allocate gives the offset of that many floats */
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

  /** One spec's numbers within a copy of the block. */
  slice(block: Float32Array, index: number): Float32Array {
    const first = this.offsets[index] - this.offset;
    return block.slice(first, first + sizeOf(this.specs[index]));
  }
}

/** Random numbers are drawn on the host: integer work that the device would not do faster than its answer takes. */
export class GpuStream implements RandomStream {
  readonly purpose: string;
  readonly state: Uint32Array;

  constructor(seed: number, purpose: string) {
    this.purpose = purpose;
    this.state = firstStreamState(seed, purpose);
  }
}
