// The handles of the reference backend: plain arrays. Tensors are row-major and unpadded.

import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import { blockOffsets, storedSize } from "../parameter-layout.ts";
import { firstStreamState } from "../stream-seed.ts";

export class ReferenceTensor implements Tensor {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;

  constructor(rows: number, columns: number, data: Float32Array = new Float32Array(rows * columns)) {
    this.rows = rows;
    this.columns = columns;
    this.data = data;
  }
}

export class ReferenceParameters implements Parameters {
  readonly specs: readonly ParameterSpec[];
  readonly offsets: readonly number[];
  /** All parameters, padding included. */
  readonly block: Float32Array;
  /** Views of the block, one per spec, padding included. */
  readonly arrays: readonly Float32Array[];

  constructor(specs: readonly ParameterSpec[]) {
    this.specs = specs;
    this.offsets = blockOffsets(specs);
    this.block = new Float32Array(this.offsets[specs.length]);
    this.arrays = specs.map((spec, k) => this.block.subarray(this.offsets[k], this.offsets[k] + storedSize(spec)));
  }
}

export class ReferenceStream implements RandomStream {
  readonly purpose: string;
  readonly state: Uint32Array;

  constructor(seed: number, purpose: string) {
    this.purpose = purpose;
    this.state = firstStreamState(seed, purpose);
  }
}

/** Returns the array of a tensor; null for null. */
export function dataOf(tensor: Tensor): Float32Array;
export function dataOf(tensor: Tensor | null): Float32Array | null;
export function dataOf(tensor: Tensor | null): Float32Array | null {
  return tensor === null ? null : (tensor as ReferenceTensor).data;
}

/** Returns one array of a block, as stored. */
export function arrayOf(parameters: Parameters, index: number): Float32Array {
  return (parameters as ReferenceParameters).arrays[index];
}

/** Returns the whole block as one array; null for null. */
export function blockOf(parameters: Parameters): Float32Array;
export function blockOf(parameters: Parameters | null): Float32Array | null;
export function blockOf(parameters: Parameters | null): Float32Array | null {
  return parameters === null ? null : (parameters as ReferenceParameters).block;
}

/** Returns the floats before array `index` of a block; for the index after the last one, the floats of the whole block. */
export function offsetOf(parameters: Parameters, index: number): number {
  return (parameters as ReferenceParameters).offsets[index];
}

export function stateOf(stream: RandomStream): Uint32Array {
  return (stream as ReferenceStream).state;
}
