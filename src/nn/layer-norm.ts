// Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of every row x: y = scale n + shift, where n is x with
// mean 0 and variance 1. The backward pass works in place.

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import { Layer, LayerPass } from "./layer.ts";
import type { GraphWriter, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** PyTorch's default. */
const EPSILON = 1e-5;

/** A layer that normalises every row to mean 0 and variance 1, with a trained scale and shift. */
export class LayerNorm extends Layer {
  /** @param fileShape shape of scale and shift in files, [channels, height, width] of an image. Default: [units]. */
  constructor(units: number, fileShape?: readonly number[]) {
    const array = { shape: [units] as const, ...(fileShape && { fileShape }) };
    super(units, units, [
      { name: "weight", ...array },
      { name: "bias", ...array },
    ]);
  }

  override initialize(backend: Backend, { block, first }: Weights): void {
    backend.writeParameter(block, first, new Float32Array(this.outputs).fill(1));
    backend.writeParameter(block, first + 1, new Float32Array(this.outputs));
  }

  protected planner(backend: Backend, weights: Weights): (site: Site) => Pass {
    return (site) => new LayerNormPass(backend, weights, site);
  }

  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const [scale, shift] = [graph.parameter(backend, block, first), graph.parameter(backend, block, first + 1)];
    // Normalise over the whole image, not only its last axis.
    const rank = this.specs[0].fileShape?.length ?? 1;
    return graph.node("LayerNormalization", [input, scale, shift], { axis: -rank, epsilon: EPSILON });
  }
}

/** The gradient of the input takes the place of the output's, where somebody needs it. */
class LayerNormPass extends LayerPass {
  readonly #weights: Weights;
  /** [rows, 2] mean and inverse deviation of every row. */
  readonly statistics: Tensor;

  constructor(backend: Backend, weights: Weights, site: Site) {
    const { rows, x, gradients = null, dX = null } = site;
    const lender = (site.borrow ?? null) as LayerNormPass | null;
    const plan = (): Tensor => backend.tensor(rows, x.columns);
    super(backend, site, lender?.output ?? plan(), dX ?? (gradients === null ? null : plan()));
    this.#weights = weights;
    this.statistics = lender?.statistics ?? backend.tensor(rows, 2);
  }

  forward(rows: number = this.rows): Tensor {
    const { block, first } = this.#weights;
    const { layers } = this.backend;
    layers.layerNormForward(rows, this.x, block, first, first + 1, EPSILON, this.output, this.statistics);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    const { block, first } = this.#weights;
    const { layers } = this.backend;
    const slope = this.dOutput!;
    layers.layerNormBackward(rows, this.x, this.statistics, slope, block, first, first + 1, this.gradients, slope);
  }

  /**
   * y = scale n + shift moves by scale n' + scale' n + shift'. The derivative of n is symmetric, so that the backward pass with
   * scale 1 gives n'.
   * @pre dX is not null: the input of a normalisation always moves
   */
  tangent({ direction, linear, dX, into }: TangentSite): Tangent {
    const backend = this.backend;
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
