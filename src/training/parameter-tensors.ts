// Trainable numbers in a checkpoint: one float32 tensor a parameter, in canonical layout ([out, in], PyTorch's own for
// convolutions), under its own name.

import type { Backend } from "../backend.ts";
import { type Checkpoint, type CheckpointTensor, requireTensor } from "../formats/checkpoint.ts";
import { shapeInFile } from "../nn/state-dict.ts";
import type { ParameterSpec, Parameters } from "../operations/handles.ts";

/** Numbers of a parameter. */
export function parameterSize(spec: ParameterSpec): number {
  return spec.shape.reduce((product: number, dimension) => product * (dimension ?? 1), 1);
}

/** @param prefix put before every parameter's name, for example "target." */
export function parameterTensors(backend: Backend, prefix: string, parameters: Parameters): CheckpointTensor[] {
  return parameters.specs.map((spec, i) => ({
    name: prefix + spec.name,
    dtype: "F32",
    shape: [...shapeInFile(spec)],
    data: backend.readParameter(parameters, i) as Float32Array,
  }));
}

/** @throws CheckpointError when one is missing or has another size */
export function readParameterTensors(
  backend: Backend,
  checkpoint: Checkpoint,
  prefix: string,
  parameters: Parameters,
): void {
  for (const [i, spec] of parameters.specs.entries()) {
    const values = requireTensor(checkpoint, prefix + spec.name, Float32Array, parameterSize(spec));
    backend.writeParameter(parameters, i, values);
  }
}

/** @throws CheckpointError when a parameter of a network still to be planned is missing or has another size */
export function requireParameterTensors(checkpoint: Checkpoint, specs: readonly ParameterSpec[]): void {
  for (const spec of specs) requireTensor(checkpoint, spec.name, Float32Array, parameterSize(spec));
}

/** What `read` gives of each parameter, into a block of the same specs. */
export function writeParameters(backend: Backend, parameters: Parameters, read: (index: number) => Float32Array): void {
  for (let i = 0; i < parameters.specs.length; i++) backend.writeParameter(parameters, i, read(i));
}
