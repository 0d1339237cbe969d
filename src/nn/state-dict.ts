// Import of weights: a PyTorch state_dict saved as safetensors, matched to a network's parameters.

import { CheckpointError, rejectUnknownOptions } from "../errors.ts";
import { decodeSafetensors, type Tensor } from "../formats/safetensors.ts";
import { toFloat32 } from "../formats/to-float32.ts";
import type { ParameterSpec } from "../operations/handles.ts";
import { shapeInFile } from "./parameter-tensors.ts";

/** Options of the import of weights. */
export interface WeightImportOptions {
  /** Only tensors whose names start with this prefix are imported, for example "q_network.". @defaultValue "" */
  readonly prefix?: string;
  /**
   * Name of our parameter -> name in the file, for example { "0.weight": "fc1.weight" }. Parameters that are not listed are
   * matched by their own names.
   * @defaultValue {}
   */
  readonly names?: Readonly<Record<string, string>>;
}

/** Decodes a safetensors file. @returns its tensors by name */
export function readStateDict(bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  return decodeSafetensors(bytes).tensors;
}

/**
 * Finds every parameter in a state_dict: by its own name (after the prefix) or by `options.names`. If no name agrees, parameters
 * and tensors are paired in order, tensors sorted by name in natural order, and shapes must be equal.
 * @returns values in canonical layout, row by row, in the order of `specs`
 * @throws CheckpointError when a parameter is missing, has another shape, or holds NaN or infinities
 */
export function matchWeights(
  specs: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, Tensor>,
  options: WeightImportOptions,
): Float32Array[] {
  rejectUnknownOptions("importWeights", options, ["prefix", "names"]);
  const { prefix = "", names = {} } = options;
  const available = [...tensors.keys()].filter((name) => name.startsWith(prefix));
  const nameOf = (spec: ParameterSpec): string => names[spec.name] ?? prefix + spec.name;
  const agrees = specs.some((spec) => tensors.has(nameOf(spec)));
  const ordered = available.sort(compareNaturally);
  if (!agrees && ordered.length !== specs.length) {
    throw new CheckpointError(
      `importWeights: file expected ${specs.length} tensors (${specs.map((spec) => spec.name).join(", ")}), got ${ordered.length} (${ordered.slice(0, 8).join(", ")}). Set options.prefix or options.names.`,
    );
  }
  return specs.map((spec, i) => {
    const name = agrees ? nameOf(spec) : ordered[i];
    const tensor = tensors.get(name);
    const shape = `[${shapeInFile(spec).join(", ")}]`;
    if (tensor === undefined || tensor.shape.join() !== shapeInFile(spec).join()) {
      const got = tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`;
      throw new CheckpointError(
        `importWeights: ${spec.name} expected a tensor ${name} of shape ${shape}, got ${got}. Set options.names or fit the network option.`,
      );
    }
    const values = toFloat32(tensor);
    if (!values.every(Number.isFinite)) {
      throw new CheckpointError(
        `importWeights: ${spec.name} expected finite numbers, got NaN or Infinity in ${name}. Export the weights of a run that did not diverge.`,
      );
    }
    return values;
  });
}

/** Compares names in natural order: layer 10 comes after layer 2, and a layer's weight before its bias. */
function compareNaturally(a: string, b: string): number {
  const split = (name: string): string[] =>
    name
      .replace(/weight$/, "0")
      .replace(/bias$/, "1")
      .split(/(\d+)/);
  const left = split(a);
  const right = split(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    const difference = Number(left[i]) - Number(right[i]);
    if (i % 2 === 1 && difference !== 0) return difference;
    return left[i] < right[i] ? -1 : 1;
  }
  return left.length - right.length;
}
