// The handles of the wasm backend: addresses in the engine's memory. A tensor is row-major, with rows padded to 16 bytes and
// the number of rows padded to a multiple of 4. Padding columns are 0.

import type { Engine } from "../../engine/engine.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import { blockOffsets, roundUp } from "../parameter-layout.ts";

export class WasmTensor implements Tensor {
  readonly rows: number;
  readonly columns: number;
  readonly address: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** View of the tensor's memory, padding included; made again after the memory grew. */
  view: Float32Array;

  /** @param address start of memory that is planned already */
  constructor(engine: Engine, rows: number, columns: number, address?: number) {
    this.rows = rows;
    this.columns = columns;
    this.stride = roundUp(columns, 4) * 4;
    this.address = address ?? engine.allocate(roundUp(rows, 4) * this.stride);
    this.view = this.renew(engine);
  }

  renew(engine: Engine): Float32Array {
    this.view = engine.f32(this.address, (roundUp(this.rows, 4) * this.stride) / 4);
    return this.view;
  }
}

export class WasmParameters implements Parameters {
  readonly specs: readonly ParameterSpec[];
  readonly offsets: readonly number[];
  /** Address of every spec. */
  readonly addresses: readonly number[];
  readonly address: number;
  /** Floats, padding included. */
  readonly length: number;

  constructor(engine: Engine, specs: readonly ParameterSpec[]) {
    this.specs = specs;
    this.offsets = blockOffsets(specs);
    this.length = this.offsets[specs.length];
    this.address = engine.allocate(this.length * 4);
    this.addresses = this.offsets.map((offset) => this.address + offset * 4);
  }
}

export class WasmStream implements RandomStream {
  readonly purpose: string;
  readonly address: number;

  constructor(engine: Engine, purpose: string) {
    this.purpose = purpose;
    this.address = engine.allocate(16);
  }
}

/** Returns the address of a tensor; 0 for null, which kernels take for "none". */
export function addressOf(tensor: Tensor | null): number {
  return tensor === null ? 0 : (tensor as WasmTensor).address;
}

/** Returns the bytes from one row of a tensor to the next. */
export function strideOf(tensor: Tensor): number {
  return (tensor as WasmTensor).stride;
}

/** Returns the address of a block of parameters. */
export function blockAddressOf(parameters: Parameters): number {
  return (parameters as WasmParameters).address;
}

/** Returns the address of one array of a block. */
export function parameterAddressOf(parameters: Parameters, index: number): number {
  return (parameters as WasmParameters).addresses[index];
}

/** Returns the address of one array of gradients; 0 for null, which kernels take for a frozen layer. */
export function gradientAddressOf(gradients: Parameters | null, index: number): number {
  return gradients === null ? 0 : (gradients as WasmParameters).addresses[index];
}

/** Returns the outputs and the inputs of a matrix of a block. */
export function matrixShapeOf(parameters: Parameters, index: number): readonly [number, number] {
  return parameters.specs[index].shape as readonly [number, number];
}

/** Returns the floats before array `index` of a block; for the index after the last one, the floats of the whole block. */
export function offsetOf(parameters: Parameters, index: number): number {
  return (parameters as WasmParameters).offsets[index];
}

/** Returns the floats of a block, padding included. */
export function lengthOf(parameters: Parameters): number {
  return (parameters as WasmParameters).length;
}

export function streamAddressOf(stream: RandomStream): number {
  return (stream as WasmStream).address;
}
