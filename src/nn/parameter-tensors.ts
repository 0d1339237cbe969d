// Blocks of parameters in a checkpoint: one float32 tensor per array, under the array's name, in canonical layout ([out, in];
// PyTorch's layout for convolutions).

import type { Backend } from "../backend.ts";
import { type CheckpointReader, type CheckpointWriter, requireFiniteNumbers } from "../formats/checkpoint-part.ts";
import type { ParameterSpec, Parameters } from "../operations/handles.ts";

/** Returns the number of values in an array. */
export function parameterSize({ shape }: ParameterSpec): number {
  return shape[0] * (shape[1] ?? 1);
}

/** Returns the shape of an array in files. */
export function shapeInFile({ shape, fileShape }: ParameterSpec): readonly number[] {
  return fileShape ?? shape;
}

/** Saves a block. @param prefix put before every name, for example "target." */
export function saveParameters(to: CheckpointWriter, prefix: string, backend: Backend, block: Parameters): void {
  for (const [i, spec] of block.specs.entries()) {
    to.tensor(prefix + spec.name, backend.readParameter(block, i) as Float32Array, shapeInFile(spec));
  }
}

/** Checks a saved block. @throws CheckpointError when an array is missing or has another size */
export function checkParameters(from: CheckpointReader, prefix: string, specs: readonly ParameterSpec[]): void {
  for (const spec of specs) from.tensor(prefix + spec.name, Float32Array, parameterSize(spec));
}

/** Checks saved weights. @throws CheckpointError when an array is missing, has another size, or is not finite */
export function checkWeights(from: CheckpointReader, prefix: string, specs: readonly ParameterSpec[]): void {
  for (const spec of specs) {
    const name = prefix + spec.name;
    requireFiniteNumbers(`tensor ${name}`, from.tensor(name, Float32Array, parameterSize(spec)));
  }
}

/** Loads a block. @pre `checkParameters` accepted the block's specs */
export function loadParameters(from: CheckpointReader, prefix: string, backend: Backend, block: Parameters): void {
  for (const [i, spec] of block.specs.entries()) {
    backend.writeParameter(block, i, from.tensor(prefix + spec.name, Float32Array, parameterSize(spec)));
  }
}
