// A layer of gated recurrent units (Cho et al. 2014, arXiv 1406.1078): which parameters it has, and its passes over sequences
// of steps. Parameters are named, shaped and ordered as those of PyTorch's nn.GRU with one layer. Row t S + s of every tensor
// is step t of sequence s.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { GruPass } from "../operations/recurrent.ts";
import { type Initializer, initialize } from "./initializer.ts";
import type { Place } from "./network.ts";

/** Gates of a unit: reset, update, new. */
const GATES = 3;

/** The tensors of a pass. Its caller writes `start` and `state`. */
export interface GruWorkspace extends GruPass {
  /** Steps x sequences, at most. */
  readonly rows: number;
}

export class Gru {
  readonly inputs: number;
  readonly units: number;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly #backend: Backend;
  readonly #inputWeight: number;
  readonly #stateWeight: number;
  readonly #inputBias: number;
  readonly #stateBias: number;

  /** @param place where it keeps its parameters when it is a part of a larger network [a block of its own] */
  constructor(backend: Backend, inputs: number, units: number, place?: Place) {
    this.inputs = inputs;
    this.units = units;
    this.#backend = backend;
    this.specs = gruSpecs(inputs, units, place?.prefix);
    this.parameters = place?.parameters ?? backend.parameters(this.specs);
    const first = place?.firstSpec ?? 0;
    this.#inputWeight = first;
    this.#stateWeight = first + 1;
    this.#inputBias = first + 2;
    this.#stateBias = first + 3;
  }

  /**
   * Draws all parameters from `stream`. "pytorch-linear" is what torch.nn.GRU does, everything U(+-1/sqrt(units)); the others
   * take either weight as that of a dense layer, orthogonal ones with a gain of 1.
   */
  initialize(stream: RandomStream, initializer: Initializer): void {
    const backend = this.#backend;
    const { inputs, units } = this;
    const outputs = GATES * units;
    const write = (index: number, values: Float32Array): void => {
      backend.writeParameter(this.parameters, index, values);
    };
    if (initializer === "pytorch-linear") {
      const bound = 1 / Math.sqrt(units);
      for (const [index, size] of [
        [this.#inputWeight, outputs * inputs],
        [this.#stateWeight, outputs * units],
        [this.#inputBias, outputs],
        [this.#stateBias, outputs],
      ]) {
        write(
          index,
          Float32Array.from({ length: size }, () => bound * (2 * backend.random.uniform(stream) - 1)),
        );
      }
      return;
    }
    const ofInput = initialize(backend, stream, initializer, { inputs, outputs }, 1);
    const ofState = initialize(backend, stream, initializer, { inputs: units, outputs }, 1);
    write(this.#inputWeight, ofInput.weight);
    write(this.#stateWeight, ofState.weight);
    write(this.#inputBias, ofInput.bias);
    write(this.#stateBias, ofState.bias);
  }

  /** Plans the tensors of passes over up to `rows` steps of up to `sequences` sequences. */
  workspace(rows: number, sequences: number): GruWorkspace {
    const plan = (columns: number): Tensor => this.#backend.tensor(rows, columns);
    const { units } = this;
    return {
      rows,
      start: plan(1),
      state: this.#backend.tensor(sequences, units),
      input: plan(GATES * units),
      recurrent: plan(GATES * units),
      previous: plan(units),
      output: plan(units),
    };
  }

  /** @returns workspace.output, the states after each step; the last `sequences` of its rows go into the next pass */
  forward(x: Tensor, workspace: GruWorkspace, steps: number, sequences: number): Tensor {
    const { parameters } = this;
    this.#backend.layers.denseForward(
      steps * sequences,
      x,
      parameters,
      this.#inputWeight,
      this.#inputBias,
      "identity",
      workspace.input,
      null,
    );
    this.#backend.recurrent.gruForward(steps, sequences, workspace, parameters, this.#stateWeight, this.#stateBias);
    return workspace.output;
  }

  /**
   * Gradients of all parameters for the forward pass that `workspace` holds, which is overwritten.
   * @param dOutput [rows, units] gradient of the output; overwritten
   * @param gradients overwritten, a block of this layer's specs, or of the larger network's that it is a part of
   * @param dx [rows, inputs] written; null where nobody needs it
   */
  backward(
    x: Tensor,
    workspace: GruWorkspace,
    dOutput: Tensor,
    gradients: Parameters,
    steps: number,
    sequences: number,
    dx: Tensor | null,
  ): void {
    const backend = this.#backend;
    const { parameters } = this;
    const { input, recurrent, previous } = workspace;
    backend.recurrent.gruBackward(steps, sequences, workspace, parameters, this.#stateWeight, dOutput);
    const product = (of: Tensor, dy: Tensor, weight: number, bias: number, dOf: Tensor | null): void => {
      backend.layers.denseBackward(
        steps * sequences,
        of,
        dy,
        null,
        dy,
        parameters,
        weight,
        bias,
        "identity",
        gradients,
        dOf,
      );
    };
    product(previous, recurrent, this.#stateWeight, this.#stateBias, null);
    product(x, input, this.#inputWeight, this.#inputBias, dx);
  }
}

/** The parameters of a layer, from its sizes alone: what a file must have before anything is planned. */
export function gruSpecs(inputs: number, units: number, prefix: string = ""): ParameterSpec[] {
  const outputs = GATES * units;
  return [
    { name: `${prefix}weight_ih_l0`, shape: [outputs, inputs] },
    { name: `${prefix}weight_hh_l0`, shape: [outputs, units] },
    { name: `${prefix}bias_ih_l0`, shape: [outputs] },
    { name: `${prefix}bias_hh_l0`, shape: [outputs] },
  ];
}
