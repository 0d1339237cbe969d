// An activation as a separate layer, used after a layer normalisation. The backward pass works in place.

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import { Layer, LayerPass } from "./layer.ts";
import type { GraphWriter, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** A layer that applies an activation to every number. */
export class Activate extends Layer {
  readonly activation: Activation;

  constructor(units: number, activation: Activation) {
    super(units, units);
    this.activation = activation;
  }

  protected planner(backend: Backend, _weights: Weights): (site: Site) => Pass {
    return (site) => new ActivatePass(backend, this, site);
  }

  describe(graph: GraphWriter, input: string): string {
    return describeActivation(graph, this.activation, input);
  }
}

/** The gradient of the input takes the place of the output's. */
class ActivatePass extends LayerPass {
  readonly #activation: Activation;

  constructor(backend: Backend, { outputs, activation }: Activate, site: Site) {
    super(backend, site, site.borrow?.output ?? backend.tensor(site.rows, outputs), site.dX ?? null);
    this.#activation = activation;
  }

  forward(rows: number = this.rows): Tensor {
    this.backend.layers.activationForward(rows, this.x, this.#activation, this.output);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    this.backend.layers.activationBackward(rows, this.dOutput!, this.output, this.x, this.#activation);
  }

  /** Works in place in dX unless `into` is given. @pre dX is not null: an activation has no weights, so that its input moves */
  tangent({ dX, into = null }: TangentSite): Tangent {
    const moves = into ?? dX!;
    return {
      moves,
      hold: () => {},
      forward: (rows = this.rows) => {
        if (into !== null) this.backend.rows.copyColumns(rows, dX!, 0, into, 0, into.columns);
        this.backend.layers.activationBackward(rows, moves, this.output, this.x, this.#activation);
      },
    };
  }
}

const ONNX_OPERATOR: Readonly<Partial<Record<Activation, string>>> = {
  relu: "Relu",
  tanh: "Tanh",
  elu: "Elu",
  sigmoid: "Sigmoid",
};

/** Adds the nodes of an activation to an ONNX graph, none for the identity. @returns the name of the result */
export function describeActivation(graph: GraphWriter, activation: Activation, input: string): string {
  if (activation === "identity") return input;
  if (activation === "silu") return graph.node("Mul", [input, graph.node("Sigmoid", [input])]);
  // PyTorch's approximate="tanh".
  if (activation === "gelu") return graph.node("Gelu", [input], { approximate: "tanh" });
  return graph.node(ONNX_OPERATOR[activation]!, [input]);
}
