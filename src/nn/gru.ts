// A layer of gated recurrent units (Cho et al. 2014, https://arxiv.org/abs/1406.1078) over sequences of steps. Parameters have
// the names, shapes and order of PyTorch's nn.GRU with one layer. Row t S + s of every tensor is step t of sequence s.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { GruPass as GruTensors } from "../operations/recurrent.ts";
import { type Initializer, initialize } from "./initializer.ts";
import type { GraphWriter, Module, Network, Pass, Site, Weights } from "./module.ts";

/** Gates of a unit: reset, update, new. */
const GATES = 3;

/** A layer of gated recurrent units (GRU). */
export class Gru implements Module<GruNetwork> {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];
  readonly #initializer: Initializer;

  /** @param initializer "pytorch-linear" draws as torch.nn.GRU; the others draw each weight matrix as a dense layer's, gain 1 */
  constructor(inputs: number, units: number, initializer: Initializer) {
    this.inputs = inputs;
    this.outputs = units;
    this.#initializer = initializer;
    const gates = GATES * units;
    this.specs = [
      { name: "weight_ih_l0", shape: [gates, inputs] },
      { name: "weight_hh_l0", shape: [gates, units] },
      { name: "bias_ih_l0", shape: [gates] },
      { name: "bias_hh_l0", shape: [gates] },
    ];
  }

  initialize(backend: Backend, { block, first }: Weights, stream: RandomStream): void {
    const { inputs, outputs: units } = this;
    const gates = GATES * units;
    if (this.#initializer === "pytorch-linear") {
      // All four arrays are drawn from U(+-1/sqrt(units)).
      const bound = 1 / Math.sqrt(units);
      for (const [i, size] of [gates * inputs, gates * units, gates, gates].entries()) {
        const draw = (): number => bound * (2 * backend.random.uniform(stream) - 1);
        backend.writeParameter(block, first + i, Float32Array.from({ length: size }, draw));
      }
      return;
    }
    const ofInput = initialize(backend, stream, this.#initializer, { inputs, outputs: gates }, 1);
    const ofState = initialize(backend, stream, this.#initializer, { inputs: units, outputs: gates }, 1);
    for (const [i, values] of [ofInput.weight, ofState.weight, ofInput.bias, ofState.bias].entries()) {
      backend.writeParameter(block, first + i, values);
    }
  }

  on(backend: Backend, weights: Weights): GruNetwork {
    return new GruNetwork(backend, this, weights);
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  /** Adds one step to an ONNX graph, with the input "state" and the output "nextState". */
  describe(graph: GraphWriter, input: string, backend: Backend, { block, first }: Weights): string {
    const units = this.outputs;
    const state = graph.input("state", units);
    const [inputGates, stateGates] = [input, state].map((x, i) => {
      const [weight, bias] = [first + i, first + i + 2].map((index) => graph.parameter(backend, block, index));
      return graph.node("Gemm", [x, weight, bias], { transB: 1 });
    });
    const gate = (gates: string, k: number): string => graph.columns(gates, k * units, (k + 1) * units);
    const sum = (k: number): string => graph.node("Add", [gate(inputGates, k), gate(stateGates, k)]);
    const reset = graph.node("Sigmoid", [sum(0)]);
    const update = graph.node("Sigmoid", [sum(1)]);
    const recalled = graph.node("Mul", [reset, gate(stateGates, 2)]);
    const fresh = graph.node("Tanh", [graph.node("Add", [gate(inputGates, 2), recalled])]);
    const carried = graph.node("Mul", [update, graph.node("Sub", [state, fresh])]);
    const next = graph.node("Add", [fresh, carried]);
    graph.output("nextState", next, units);
    return next;
  }
}

/** Tensors for a pass over sequences. */
export interface GruSite extends Site {
  /** Steps of every sequence. The number of rows is a multiple of it. @defaultValue 1 */
  readonly steps?: number;
}

/** A GRU layer with weights. */
export class GruNetwork implements Network {
  readonly module: Gru;
  readonly weights: Weights;
  readonly #backend: Backend;

  constructor(backend: Backend, module: Gru, weights: Weights) {
    this.module = module;
    this.weights = weights;
    this.#backend = backend;
  }

  plan(site: GruSite): GruPass {
    return new GruPass(this.#backend, this.module, this.weights, site);
  }
}

/**
 * A pass of a GRU layer over sequences. The caller writes `start` (1 for first steps of episodes) and `state` (states before the
 * first step) before `forward`. A pass that borrows has its own `start`; its other tensors are the lender's.
 */
export class GruPass implements Pass, GruTensors {
  readonly rows: number;
  readonly x: Tensor;
  readonly steps: number;
  readonly start: Tensor;
  readonly state: Tensor;
  readonly input: Tensor;
  readonly recurrent: Tensor;
  readonly previous: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly #backend: Backend;
  readonly #weights: Weights;
  readonly #gradients: Parameters | null;
  readonly #dX: Tensor | null;

  constructor(backend: Backend, { outputs: units }: Gru, weights: Weights, site: GruSite) {
    const { rows, x, gradients = null, dX = null, borrow = null, steps = 1 } = site;
    const lender = borrow as GruPass | null;
    const plan = (columns: number): Tensor => backend.tensor(rows, columns);
    this.rows = rows;
    this.x = x;
    this.steps = steps;
    this.start = plan(1);
    this.state = lender?.state ?? plan(units);
    this.input = lender?.input ?? plan(GATES * units);
    this.recurrent = lender?.recurrent ?? plan(GATES * units);
    this.previous = lender?.previous ?? plan(units);
    this.output = lender?.output ?? plan(units);
    this.dOutput = gradients === null && dX === null ? null : plan(units);
    this.#backend = backend;
    this.#weights = weights;
    this.#gradients = gradients;
    this.#dX = dX;
  }

  get features(): Tensor {
    return this.x;
  }

  /** Computes the states after each step. @returns `output`; its last `rows / steps` rows are the `state` of the next pass */
  forward(rows: number = this.rows): Tensor {
    const { block, first } = this.#weights;
    const { layers, recurrent } = this.#backend;
    layers.denseForward(rows, this.x, block, first, first + 2, "identity", this.input, null);
    recurrent.gruForward(this.steps, rows / this.steps, this, block, first + 1, first + 3);
    return this.output;
  }

  /** Computes gradients; it overwrites the tensors of the forward pass. */
  backward(rows: number = this.rows): void {
    const { block, first } = this.#weights;
    const { recurrent } = this.#backend;
    recurrent.gruBackward(this.steps, rows / this.steps, this, block, first + 1, this.dOutput!);
    this.#productBackward(rows, this.previous, this.recurrent, first + 1, first + 3, null);
    this.#productBackward(rows, this.x, this.input, first, first + 2, this.#dX);
  }

  #productBackward(rows: number, of: Tensor, dY: Tensor, weight: number, bias: number, dOf: Tensor | null): void {
    const { block } = this.#weights;
    const { layers } = this.#backend;
    layers.denseBackward(rows, of, dY, null, dY, block, weight, bias, "identity", this.#gradients, dOf);
  }
}
