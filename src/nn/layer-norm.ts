// Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of every row x: y = scale n + shift, where n is x with
// mean 0 and variance 1. The backward pass works in place.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Tensor } from "../operations/handles.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** PyTorch's default. */
const EPSILON = 1e-5;

/** A layer that normalises every row to mean 0 and variance 1, with a trained scale and shift. */
export class LayerNorm implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];

  /** @param fileShape shape of scale and shift in files: [channels, height, width] for images. Default: [units]. */
  constructor(units: number, fileShape?: readonly number[]) {
    this.inputs = units;
    this.outputs = units;
    const array = { shape: [units] as const, ...(fileShape && { fileShape }) };
    this.specs = [
      { name: "weight", ...array },
      { name: "bias", ...array },
    ];
  }

  initialize(backend: Backend, { block, first }: Weights): void {
    backend.writeParameter(block, first, new Float32Array(this.outputs).fill(1));
    backend.writeParameter(block, first + 1, new Float32Array(this.outputs));
  }

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: (site) => new LayerNormPass(backend, this, weights, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const [scale, shift] = [graph.parameter(backend, block, first), graph.parameter(backend, block, first + 1)];
    // Normalise over the whole image, not only its last axis.
    const rank = this.specs[0].fileShape?.length ?? 1;
    return graph.node("LayerNormalization", [input, scale, shift], { axis: -rank, epsilon: EPSILON });
  }
}

class LayerNormPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  /** [rows, 2] mean and inverse deviation of every row. */
  readonly statistics: Tensor;
  readonly #backend: Backend;
  readonly #weights: Weights;
  readonly #site: Site;

  constructor(backend: Backend, { outputs }: LayerNorm, weights: Weights, site: Site) {
    const { rows, x, gradients = null, dX = null, borrow = null } = site;
    const lender = borrow as LayerNormPass | null;
    this.rows = rows;
    this.x = x;
    this.output = lender?.output ?? backend.tensor(rows, outputs);
    this.statistics = lender?.statistics ?? backend.tensor(rows, 2);
    this.dOutput = dX ?? (gradients === null ? null : backend.tensor(rows, outputs));
    this.#backend = backend;
    this.#weights = weights;
    this.#site = site;
  }

  get features(): Tensor {
    return this.x;
  }

  forward(rows: number = this.rows): Tensor {
    const { block, first } = this.#weights;
    const { layers } = this.#backend;
    layers.layerNormForward(rows, this.x, block, first, first + 1, EPSILON, this.output, this.statistics);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    const { block, first } = this.#weights;
    const { gradients = null } = this.#site;
    const slope = this.dOutput!;
    this.#backend.layers.layerNormBackward(
      rows,
      this.x,
      this.statistics,
      slope,
      block,
      first,
      first + 1,
      gradients,
      slope,
    );
  }

  /**
   * y = scale n + shift moves by scale n' + scale' n + shift'. The derivative of n is symmetric, so that the backward pass with
   * scale 1 gives n'.
   * @pre dX is not null: the input of a normalisation always moves
   */
  tangent({ direction, linear, dX, into }: TangentSite): Tangent {
    const backend = this.#backend;
    const { layers, rows: arithmetic } = backend;
    const { block, first } = this.#weights;
    const { columns } = this.output;
    const moves = into ?? backend.tensor(this.rows, columns);
    const term = backend.tensor(this.rows, columns);
    const unused = backend.tensor(this.rows, 2);
    const scale = backend.vector(block, first);
    const ones = new Float32Array(columns).fill(1);
    const n = dX!;
    return {
      moves,
      hold: () => backend.writeParameter(linear, first, ones),
      forward: (rows = this.rows) => {
        layers.layerNormBackward(rows, this.x, this.statistics, n, linear, first, first + 1, null, n);
        arithmetic.scaleGroups(1, rows, scale, n, moves);
        layers.layerNormForward(rows, this.x, direction, first, first + 1, EPSILON, term, unused);
        arithmetic.addScaled(rows, term, 1, moves);
      },
    };
  }
}
