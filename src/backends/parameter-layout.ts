// The layout of a parameter block in memory, for every CPU backend. A matrix [O, I] is stored in panels of 8 outputs, inputs
// outermost. So a kernel reads 8 weights of one input with two vector loads, and those of the next input right after:
//
//   panel 0: W[0..7, 0] W[0..7, 1] ... W[0..7, I-1]   panel 1: W[8..15, 0] ...   last panel: 8 or 4 wide, zero padded
//
// A vector is stored as it is, zero padded to a multiple of 4. The block is padded to a multiple of 16 floats. The padding
// stays 0, because its gradients are 0.

import type { ParameterSpec } from "../operations/handles.ts";

export const PANEL = 8;

export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/** Returns the number of floats that a spec takes. */
export function storedSize(spec: ParameterSpec): number {
  const outputs = roundUp(spec.shape[0], 4);
  return spec.shape.length === 2 ? outputs * spec.shape[1] : outputs;
}

/** Returns the offset of every spec in floats, followed by the size of the block. */
export function blockOffsets(specs: readonly ParameterSpec[]): number[] {
  const offsets = [0];
  for (const spec of specs) offsets.push(offsets[offsets.length - 1] + storedSize(spec));
  offsets[specs.length] = roundUp(offsets[specs.length], 16);
  return offsets;
}

/** Returns the position of W[o, i] within its matrix, in floats. */
export function weightPosition(outputs: number, inputs: number, o: number, i: number): number {
  const panel = Math.floor(o / PANEL) * PANEL;
  const width = Math.min(PANEL, roundUp(outputs, 4) - panel);
  return panel * inputs + i * width + (o - panel);
}

/** Copies canonical values ([out, in] row-major or a vector) into a stored block at `offset`. */
export function store(spec: ParameterSpec, values: ArrayLike<number>, block: Float32Array, offset: number): void {
  const [outputs, inputs] = spec.shape;
  if (inputs === undefined) {
    for (let o = 0; o < outputs; o++) block[offset + o] = values[o];
    return;
  }
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) block[offset + weightPosition(outputs, inputs, o, i)] = values[o * inputs + i];
  }
}

/** Returns the canonical values of a stored array: the inverse of `store`. */
export function restore(spec: ParameterSpec, block: Float32Array, offset: number): Float32Array {
  const [outputs, inputs] = spec.shape;
  if (inputs === undefined) return block.slice(offset, offset + outputs);
  const values = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) values[o * inputs + i] = block[offset + weightPosition(outputs, inputs, o, i)];
  }
  return values;
}
