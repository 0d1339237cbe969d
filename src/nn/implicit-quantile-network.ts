// The network of IQN (Dabney et al. 2018b, https://arxiv.org/abs/1806.06923): asked for fractions tau of the distribution of
// returns, it answers with their quantiles, Z_tau(x, a) = f(psi(x) * phi(tau))_a. Letters: B rows, N fractions of each.
//
//   psi: all hidden layers but the last (the only one, if there is one; the observation itself, if there is none)
//   phi: one dense layer with ReLU over cos(pi i tau), i = 0, 1, ... (eq. 4)
//   f:   the last hidden layer, if there are two or more, and the output layer; dueling: V + A - mean(A) per fraction
//
// Parameters are named state.*, fractions.*, values.*, each part as PyTorch's nn.Sequential names them.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { DenseStack, type StackLayer, type StackWorkspace } from "./dense-stack.ts";
import type { NetworkOptions } from "./network.ts";
import type { ValueNetwork, ValueWorkspace } from "./value-network.ts";

export interface ImplicitQuantileOptions {
  readonly type: "implicit-quantile";
  /** Fractions drawn for a value that is learned, the paper's N. [64] */
  readonly quantiles: number;
  /** Fractions drawn for a target, the paper's N'. [64] */
  readonly nextQuantiles: number;
  /** Fractions that a decision is the mean of, the paper's K. [32] */
  readonly actingQuantiles: number;
  /** Cosines that a fraction is shown as. [64] */
  readonly cosines: number;
  /** Errors up to here count by their square, larger ones by their size; 0: all by their size. [1] */
  readonly kappa: number;
}

export interface ImplicitQuantileKind {
  readonly distribution: ImplicitQuantileOptions;
  /** Split the values into state value and advantages (Wang et al. 2016). [false] */
  readonly dueling?: boolean;
}

/** Cosines of a pass's fractions; several workspaces may share them. */
interface Features {
  readonly tensor: Tensor;
  /** The workspace whose fixed fractions they show now, in all of its rows. */
  owner: ImplicitQuantileWorkspace | null;
}

export interface ImplicitQuantileWorkspace extends ValueWorkspace {
  /** N of this workspace's passes. */
  readonly count: number;
  /** [rows, N] those of the last pass. */
  readonly fractions: Tensor;
  /** (n + 1/2) / N for every row. */
  readonly midpoints: Float32Array;
  readonly features: Features;
  readonly state: StackWorkspace;
  readonly embedding: StackWorkspace;
  readonly values: StackWorkspace;
  /** [rows N, H] psi * phi. */
  readonly product: Tensor;
  /** [rows N, outputs], before they are folded into `output`. */
  readonly perFraction: Tensor;
  /** Gradients; null without training. */
  readonly gradients: {
    readonly perFraction: Tensor;
    readonly head: Tensor;
    readonly product: Tensor;
    readonly state: Tensor | null;
  } | null;
}

interface Parts {
  readonly state: DenseStack;
  readonly embedding: DenseStack;
  readonly values: DenseStack;
}

function planParts(inputs: number, outputs: number, options: NetworkOptions, kind: ImplicitQuantileKind): Parts {
  if (options.convolution.length > 0) {
    throw new RangeError(
      `network: convolution expected no layers with implicit quantiles, got ${options.convolution.length}. Learn images with "categorical" or "quantile" distributions.`,
    );
  }
  const { activation, layerNorm } = options;
  const hidden = options.hidden.map((units): StackLayer => ({ units, activation, layerNorm, isOutput: false }));
  const ofState = Math.max(hidden.length - 1, Math.min(hidden.length, 1));
  const state = new DenseStack("state", inputs, hidden.slice(0, ofState), 0);
  const relu: StackLayer = { units: state.outputs, activation: "relu", layerNorm: false, isOutput: false };
  const embedding = new DenseStack("fractions", kind.distribution.cosines, [relu], state.specs.length);
  const last: StackLayer = {
    units: kind.dueling ? outputs + 1 : outputs,
    activation: "identity",
    layerNorm: false,
    isOutput: true,
  };
  const firstSpec = state.specs.length + embedding.specs.length;
  return {
    state,
    embedding,
    values: new DenseStack("values", state.outputs, [...hidden.slice(ofState), last], firstSpec),
  };
}

/** The parameters of a network, without planning it. */
export function implicitQuantileSpecs(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  kind: ImplicitQuantileKind,
): ParameterSpec[] {
  const { state, embedding, values } = planParts(inputs, outputs, options, kind);
  return [...state.specs, ...embedding.specs, ...values.specs];
}

export class ImplicitQuantileNetwork implements ValueNetwork {
  readonly inputs: number;
  readonly outputs: number;
  readonly dueling: boolean;
  readonly options: NetworkOptions;
  readonly distribution: ImplicitQuantileOptions;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly #backend: Backend;
  readonly #parts: Parts;
  /** Where fractions are drawn from; null: they are fixed. */
  #stream: RandomStream | null = null;

  /** @param outputs actions */
  constructor(backend: Backend, inputs: number, outputs: number, options: NetworkOptions, kind: ImplicitQuantileKind) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.dueling = kind.dueling === true;
    this.options = options;
    this.distribution = kind.distribution;
    this.#backend = backend;
    this.#parts = planParts(inputs, outputs, options, kind);
    const { state, embedding, values } = this.#parts;
    this.specs = [...state.specs, ...embedding.specs, ...values.specs];
    this.parameters = backend.parameters(this.specs);
  }

  /** Draws all parameters from `stream`. */
  initialize(stream: RandomStream): void {
    const { initializer } = this.options;
    const { state, embedding, values } = this.#parts;
    for (const part of [state, embedding, values]) part.initialize(this.#backend, this.parameters, stream, initializer);
  }

  /** Every pass from here on draws fractions of its own from `stream`, uniformly, for all planned rows. */
  resample(stream: RandomStream): void {
    this.#stream = stream;
  }

  /**
   * Passes from here on take the fractions (n + 1/2) / N, so that the same observation has the same values every time.
   * Differs from paper: there greedy decisions are means over drawn fractions, too.
   */
  quiet(): void {
    this.#stream = null;
  }

  /**
   * Plans the tensors of a forward pass (training: and backward) over up to `rows` rows. Passes of it have `quantiles`
   * fractions a row when training, `nextQuantiles` when `hidden` is given, else `actingQuantiles`.
   * @param hidden a training workspace of a network of the same shape, whose inner tensors this one then uses too where
   *   they are large enough: for passes of which only the output is wanted, run before the other one
   */
  workspace(rows: number, training: boolean, hidden?: ImplicitQuantileWorkspace): ImplicitQuantileWorkspace {
    const backend = this.#backend;
    const { state, embedding, values } = this.#parts;
    const { quantiles, nextQuantiles, actingQuantiles, cosines } = this.distribution;
    const count = training ? quantiles : hidden === undefined ? actingQuantiles : nextQuantiles;
    const all = rows * count;
    const width = state.outputs;
    const lent = hidden !== undefined && hidden.rows * hidden.count >= all && hidden.rows >= rows ? hidden : null;
    const valuesSpace = lent?.values ?? values.workspace(backend, all, training);
    const head = valuesSpace.layers[valuesSpace.layers.length - 1].y;
    return {
      rows,
      count,
      output: backend.tensor(rows, this.outputs * count),
      fractions: backend.tensor(rows, count),
      midpoints: Float32Array.from({ length: all }, (_, k) => ((k % count) + 0.5) / count),
      features: lent?.features ?? { tensor: backend.tensor(all, cosines), owner: null },
      state: lent?.state ?? state.workspace(backend, rows, training),
      embedding: lent?.embedding ?? embedding.workspace(backend, all, false),
      product: lent?.product ?? backend.tensor(all, width),
      values: valuesSpace,
      perFraction: this.dueling ? (lent?.perFraction ?? backend.tensor(all, this.outputs)) : head,
      gradients: training
        ? {
            perFraction: backend.tensor(all, this.outputs),
            head: backend.tensor(all, values.outputs),
            product: backend.tensor(all, width),
            state: state.specs.length === 0 ? null : backend.tensor(rows, width),
          }
        : null,
    };
  }

  /** @returns workspace.output, its first `rows` rows written */
  forward(x: Tensor, workspace: ImplicitQuantileWorkspace, rows: number = workspace.rows): Tensor {
    const backend = this.#backend;
    const { parameters } = this;
    const { state, embedding, values } = this.#parts;
    const { count, features, product } = workspace;
    const all = rows * count;
    this.#showFractions(workspace, rows);
    const psi = state.forward(backend, rows, x, parameters, workspace.state);
    const phi = embedding.forward(backend, all, features.tensor, parameters, workspace.embedding);
    backend.rows.scaleGroups(rows, count, psi, phi, product);
    const head = values.forward(backend, all, product, parameters, workspace.values);
    if (this.dueling) backend.layers.duelingForward(all, head, workspace.perFraction);
    backend.rows.fold(rows, count, workspace.perFraction, workspace.output);
    return workspace.output;
  }

  /** Fractions of the coming pass, as cosines. Fixed ones are computed once, until others take their place. */
  #showFractions(workspace: ImplicitQuantileWorkspace, rows: number): void {
    const backend = this.#backend;
    const { fractions, features } = workspace;
    if (this.#stream !== null) {
      backend.random.fillUniform(this.#stream, fractions, 0, 1);
      features.owner = null;
      backend.returnDistribution.cosineFeatures(rows, fractions, features.tensor);
    } else if (features.owner !== workspace) {
      backend.write(fractions, workspace.midpoints);
      features.owner = workspace;
      backend.returnDistribution.cosineFeatures(workspace.rows, fractions, features.tensor);
    }
  }

  /**
   * Gradients of all parameters for the forward pass that `workspace` holds.
   * @param dOutput [rows, outputs N] gradient of the output
   * @param gradients overwritten, a block of this network's specs
   */
  backward(x: Tensor, workspace: ImplicitQuantileWorkspace, dOutput: Tensor, gradients: Parameters): void {
    const backend = this.#backend;
    const { parameters } = this;
    const { state, embedding, values } = this.#parts;
    const { rows, count, features, product } = workspace;
    const d = workspace.gradients!;
    const all = rows * count;
    backend.rows.unfold(rows, count, dOutput, d.perFraction);
    if (this.dueling) backend.layers.duelingBackward(all, d.perFraction, d.head);
    const dHead = this.dueling ? d.head : d.perFraction;
    values.backward(backend, all, product, workspace.values, dHead, parameters, gradients, d.product);
    const psi = state.specs.length === 0 ? x : workspace.state.layers[workspace.state.layers.length - 1].y;
    const phi = workspace.embedding.layers[0].y;
    backend.rows.scaleGroupsBackward(rows, count, psi, phi, d.product, d.product, d.state);
    const dPhi = d.product;
    embedding.backward(backend, all, features.tensor, workspace.embedding, dPhi, parameters, gradients, null);
    if (d.state !== null) state.backward(backend, rows, x, workspace.state, d.state, parameters, gradients, null);
  }
}
