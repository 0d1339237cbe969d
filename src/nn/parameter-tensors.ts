// Blocks of parameters in a checkpoint: one float32 tensor an array, in canonical layout ([out, in], PyTorch's own for
// convolutions), under its own name.

import type { Backend } from "../backend.ts";
import { type CheckpointReader, type CheckpointWriter, requireFiniteNumbers } from "../formats/checkpoint-part.ts";
import type { ParameterSpec, Parameters } from "../operations/handles.ts";

/** Numbers of an array. */
export function parameterSize({ shape }: ParameterSpec): number {
  return shape[0] * (shape[1] ?? 1);
}

/** The shape of an array in files. */
export function shapeInFile({ shape, fileShape }: ParameterSpec): readonly number[] {
  return fileShape ?? shape;
}

/** @param prefix put before every name, for example "target." */
export function saveParameters(to: CheckpointWriter, prefix: string, backend: Backend, block: Parameters): void {
  for (const [i, spec] of block.specs.entries()) {
    to.tensor(prefix + spec.name, backend.readParameter(block, i) as Float32Array, shapeInFile(spec));
  }
}

/** @throws CheckpointError when an array is missing or has another size */
export function checkParameters(from: CheckpointReader, prefix: string, specs: readonly ParameterSpec[]): void {
  for (const spec of specs) from.tensor(prefix + spec.name, Float32Array, parameterSize(spec));
}

/** The same of weights. @throws CheckpointError also where they are not finite: nobody could act by them */
export function checkWeights(from: CheckpointReader, prefix: string, specs: readonly ParameterSpec[]): void {
  for (const spec of specs) {
    const name = prefix + spec.name;
    requireFiniteNumbers(`tensor ${name}`, from.tensor(name, Float32Array, parameterSize(spec)));
  }
}

/** @pre `checkParameters` accepted the block's specs */
export function loadParameters(from: CheckpointReader, prefix: string, backend: Backend, block: Parameters): void {
  for (const [i, spec] of block.specs.entries()) {
    backend.writeParameter(block, i, from.tensor(prefix + spec.name, Float32Array, parameterSize(spec)));
  }
}
