// An activation as a separate layer, used after a layer normalisation. The backward pass works in place.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Tensor } from "../operations/handles.ts";
import type { Activation } from "../operations/layers.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** A layer that applies an activation to every number. */
export class Activate implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly activation: Activation;
  readonly specs: readonly ParameterSpec[] = [];
  readonly kept: readonly ParameterSpec[] = [];

  constructor(units: number, activation: Activation) {
    this.inputs = units;
    this.outputs = units;
    this.activation = activation;
  }

  initialize(): void {}

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: (site) => new ActivatePass(backend, this, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  describe(graph: GraphWriter, input: string): string {
    return describeActivation(graph, this.activation, input);
  }
}

class ActivatePass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  /** The tensor dX: the backward pass replaces the gradient of the output by that of the input. */
  readonly dOutput: Tensor | null;
  readonly #backend: Backend;
  readonly #activation: Activation;

  constructor(backend: Backend, { outputs, activation }: Activate, { rows, x, dX = null, borrow = null }: Site) {
    this.rows = rows;
    this.x = x;
    this.output = borrow?.output ?? backend.tensor(rows, outputs);
    this.dOutput = dX;
    this.#backend = backend;
    this.#activation = activation;
  }

  get features(): Tensor {
    return this.x;
  }

  forward(rows: number = this.rows): Tensor {
    this.#backend.layers.activationForward(rows, this.x, this.#activation, this.output);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    this.#backend.layers.activationBackward(rows, this.dOutput!, this.output, this.x, this.#activation);
  }

  /** Works in place in dX unless `into` is given. @pre dX is not null: an activation has no weights, so that its input moves */
  tangent({ dX, into = null }: TangentSite): Tangent {
    const moves = into ?? dX!;
    return {
      moves,
      hold: () => {},
      forward: (rows = this.rows) => {
        if (into !== null) this.#backend.rows.copyColumns(rows, dX!, 0, into, 0, into.columns);
        this.#backend.layers.activationBackward(rows, moves, this.output, this.x, this.#activation);
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
