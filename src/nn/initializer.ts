// How parameters start. All draws come from the given stream, weights row by row ([out, in]), then the bias.

import type { Backend } from "../backend.ts";
import type { RandomStream } from "../operations/handles.ts";

/**
 * - "pytorch-linear": weights and bias U(+-1/sqrt(inputs)), what torch.nn.Linear does (kaiming_uniform with a = sqrt(5));
 * - "kaiming-uniform": U(+-sqrt(6 / inputs)), bias 0 (He et al. 2015, for ReLU);
 * - "xavier-uniform": U(+-sqrt(6 / (inputs + outputs))), bias 0 (Glorot & Bengio 2010);
 * - "orthogonal": orthonormal rows or columns times a gain, bias 0 (Saxe et al. 2014). The gain is sqrt(2) for hidden layers,
 *   1 for the last one, or what an agent wants of its outputs.
 */
export type Initializer = "pytorch-linear" | "kaiming-uniform" | "xavier-uniform" | "orthogonal";

export const INITIALIZERS: readonly Initializer[] = [
  "pytorch-linear",
  "kaiming-uniform",
  "xavier-uniform",
  "orthogonal",
];

export interface LayerSize {
  readonly inputs: number;
  readonly outputs: number;
  /** Numbers that one input reaches, where that is not `outputs`: filters x kernel^2 of a convolution. */
  readonly fanOut?: number | undefined;
}

/** First weight [outputs, inputs], row by row, and bias [outputs] of a layer. */
export interface DrawnLayer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Draws the first numbers of a layer from a stream. */
export type Draw = (backend: Backend, stream: RandomStream, size: LayerSize) => DrawnLayer;

/** Outputs that start alike: how many, in their order, and the gain of their orthogonal weights. */
export interface OutputGroup {
  readonly outputs: number;
  readonly gain: number;
}

/** Gain of orthogonal weights in hidden layers. */
export const HIDDEN_GAIN: number = Math.sqrt(2);

/** @param gain of orthogonal weights; the other initializers know none */
export function drawing(initializer: Initializer, gain: number): Draw {
  return (backend, stream, size) => initialize(backend, stream, initializer, size, gain);
}

/**
 * An output layer whose outputs do not all start with the same gain. Groups are drawn one after the other, each its weights and
 * then its biases.
 * @param added numbers that are added to the first biases [none]
 */
export function drawingGroups(
  initializer: Initializer,
  groups: readonly OutputGroup[],
  added: readonly number[] = [],
): Draw {
  return (backend, stream, size) => {
    const drawn = groups.map(({ outputs, gain }) =>
      initialize(backend, stream, initializer, { ...size, outputs }, gain),
    );
    const bias = joined(drawn.map((group) => group.bias));
    for (const [o, number] of added.entries()) bias[o] += number;
    return { weight: joined(drawn.map((group) => group.weight)), bias };
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** @param gain of orthogonal weights; the other initializers know none */
export function initialize(
  backend: Backend,
  stream: RandomStream,
  initializer: Initializer,
  { inputs, outputs, fanOut = outputs }: LayerSize,
  gain: number,
): DrawnLayer {
  const uniform = (length: number, bound: number): Float32Array => {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = bound * (2 * backend.random.uniform(stream) - 1);
    return values;
  };
  const size = inputs * outputs;
  const noBias = (): Float32Array => new Float32Array(outputs);
  switch (initializer) {
    case "pytorch-linear": {
      const bound = 1 / Math.sqrt(inputs);
      return { weight: uniform(size, bound), bias: uniform(outputs, bound) };
    }
    case "kaiming-uniform":
      return { weight: uniform(size, Math.sqrt(6 / inputs)), bias: noBias() };
    case "xavier-uniform":
      return { weight: uniform(size, Math.sqrt(6 / (inputs + fanOut))), bias: noBias() };
    case "orthogonal":
      return { weight: orthogonal(backend, stream, outputs, inputs, gain), bias: noBias() };
  }
}

/** [rows, columns] with orthonormal rows (or columns, where there are fewer) times gain, by modified Gram-Schmidt in float64. */
function orthogonal(backend: Backend, stream: RandomStream, rows: number, columns: number, gain: number): Float32Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  const draws = backend.tensor(1, length);
  while (vectors.length < count) {
    backend.random.fillNormal(stream, draws, 0, 1);
    const v = Float64Array.from(backend.read(draws) as Float32Array);
    for (const u of vectors) {
      let dot = 0;
      for (let i = 0; i < length; i++) dot += u[i] * v[i];
      for (let i = 0; i < length; i++) v[i] -= dot * u[i];
    }
    let square = 0;
    for (const value of v) square += value * value;
    // A vector that lay in the span of the others is drawn again.
    if (square < 1e-12) continue;
    const norm = Math.sqrt(square);
    for (let i = 0; i < length; i++) v[i] /= norm;
    vectors.push(v);
  }
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++)
      values[r * columns + c] = gain * (rows <= columns ? vectors[r][c] : vectors[c][r]);
  }
  return values;
}
