// First values of parameters. All draws come from the given stream: weights row by row ([out, in]), then the bias.

import type { Backend } from "../backend.ts";
import type { RandomStream } from "../operations/handles.ts";

/**
 * Distribution of the first weights and biases of a layer:
 * - "pytorch-linear": weights and bias U(+-1/sqrt(inputs)), as torch.nn.Linear (kaiming_uniform with a = sqrt(5));
 * - "kaiming-uniform": U(+-sqrt(6 / inputs)), bias 0 (He et al. 2015, for ReLU);
 * - "xavier-uniform": U(+-sqrt(6 / (inputs + outputs))), bias 0 (Glorot & Bengio 2010);
 * - "orthogonal": orthonormal rows or columns times a gain, bias 0 (Saxe et al. 2014). The gain is sqrt(2) for hidden layers,
 *   1 for the last one, unless the agent chooses another.
 */
export type Initializer = "pytorch-linear" | "kaiming-uniform" | "xavier-uniform" | "orthogonal";

export const INITIALIZERS: readonly Initializer[] = [
  "pytorch-linear",
  "kaiming-uniform",
  "xavier-uniform",
  "orthogonal",
];

/** Sizes of a layer that its first weights depend on. */
export interface LayerSize {
  /** Inputs of one output: channels x kernel^2 for a convolution. */
  readonly inputs: number;
  /** Rows of the weight matrix: filters for a convolution. */
  readonly outputs: number;
  /** Outputs that one input contributes to: filters x kernel^2 for a convolution. @defaultValue `outputs` */
  readonly fanOut?: number | undefined;
}

/** First weight [outputs, inputs], row-major, and bias [outputs] of a layer. */
export interface DrawnLayer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Function that draws the first weight and bias of a layer from a stream. */
export type Draw = (backend: Backend, stream: RandomStream, size: LayerSize) => DrawnLayer;

/** Successive outputs of a layer whose orthogonal weights have the same gain. */
export interface OutputGroup {
  readonly outputs: number;
  readonly gain: number;
}

/** Gain of orthogonal weights in hidden layers. */
export const HIDDEN_GAIN: number = Math.sqrt(2);

/** Returns a function that draws layers. @param gain factor of orthogonal weights; the other initializers ignore it */
export function drawing(initializer: Initializer, gain: number): Draw {
  return (backend, stream, size) => initialize(backend, stream, initializer, size, gain);
}

/**
 * Returns a function that draws an output layer whose groups of outputs have different gains. Groups are drawn one after the
 * other, each its weights and then its biases.
 * @param added numbers that are added to the first biases. Default: [].
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

/** Draws the first weight and bias of a layer. @param gain factor of orthogonal weights; the other initializers ignore it */
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

/** Draws [rows, columns] with orthonormal rows, or columns if these are fewer, times gain: modified Gram-Schmidt in float64. */
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
    // A vector in the span of the others is drawn again.
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
