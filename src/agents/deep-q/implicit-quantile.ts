// The network of IQN (Dabney et al. 2018b, https://arxiv.org/abs/1806.06923). Inputs are an observation x and fractions tau;
// outputs are the quantiles of the return at these fractions, Z_tau(x, a) = f(psi(x) * phi(tau))_a. Letters: B rows, N fractions
// per row.
//
//   psi: all hidden layers but the last (the only one, if there is one; the observation itself, if there is none)
//   phi: one dense layer with ReLU over cos(pi i tau), i = 0, 1, ... (eq. 4)
//   f:   the last hidden layer, if there are two or more, and the output layer; dueling: V + A - mean(A) per fraction
//
// Parameters are named state.*, fractions.*, values.*, each part as PyTorch's nn.Sequential names them. Trained passes use
// `quantiles` fractions per row, passes that borrow (targets) use `nextQuantiles`, all others use `actingQuantiles`.

import type { Backend } from "../../backend.ts";
import { cos, PI } from "../../engine/math.ts";
import { Dense } from "../../nn/dense.ts";
import { Dueling } from "../../nn/dueling.ts";
import { drawing, HIDDEN_GAIN } from "../../nn/initializer.ts";
import {
  type GraphWriter,
  type Module,
  type Network,
  type Pass,
  prefixed,
  type Site,
  shifted,
  type Weights,
} from "../../nn/module.ts";
import { hiddenLayers, type NetworkOptions } from "../../nn/network-options.ts";
import { eachChild, Sequential } from "../../nn/sequential.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../../operations/handles.ts";

/** Distribution of returns as quantiles of any fractions. */
export interface ImplicitQuantileOptions {
  /** Name of this kind of distribution. */
  readonly type: "implicit-quantile";
  /** Number of random fractions for a value that is learned, the paper's N. @defaultValue 64 */
  readonly quantiles: number;
  /** Number of random fractions for a target, the paper's N'. @defaultValue 64 */
  readonly nextQuantiles: number;
  /** Number of fractions for acting: the value of an action is the mean of their quantiles, the paper's K. @defaultValue 32 */
  readonly actingQuantiles: number;
  /** Number of cosines that encode a fraction. @defaultValue 64 */
  readonly cosines: number;
  /**
   * Limit of the Huber loss: errors up to kappa are squared, larger ones count by their size; 0: none are squared.
   * @defaultValue 1
   */
  readonly kappa: number;
}

/** Sizes and options that an implicit quantile network is made from. */
export interface ImplicitQuantilePlan {
  readonly inputs: number;
  readonly actions: number;
  readonly network: NetworkOptions;
  readonly distribution: ImplicitQuantileOptions;
  readonly dueling: boolean;
}

/** Module of an implicit quantile network. */
export class ImplicitQuantile implements Module {
  readonly inputs: number;
  /** Outputs of a trained pass: actions x quantiles. */
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[] = [];
  readonly children: readonly Module[];
  readonly actions: number;
  readonly distribution: ImplicitQuantileOptions;
  /** The network psi; null: psi(x) is x. */
  readonly state: Module | null;
  readonly embedding: Module;
  readonly values: Module;
  readonly #plan: ImplicitQuantilePlan;

  /** @throws RangeError for convolutions: this network has none */
  constructor(plan: ImplicitQuantilePlan, parts: ImplicitQuantileParts = planParts(plan)) {
    const { inputs, actions, distribution } = plan;
    const { state, embedding, values } = parts;
    this.inputs = inputs;
    this.actions = actions;
    this.outputs = actions * distribution.quantiles;
    this.distribution = distribution;
    this.state = state;
    this.embedding = embedding;
    this.values = values;
    this.children = state === null ? [embedding, values] : [state, embedding, values];
    this.specs = [
      ...prefixed("state.", state?.specs ?? []),
      ...prefixed("fractions.", embedding.specs),
      ...prefixed("values.", values.specs),
    ];
    this.#plan = plan;
  }

  initialize(backend: Backend, weights: Weights, stream: RandomStream): void {
    eachChild(this.children, weights, (child, own) => child.initialize(backend, own, stream));
  }

  on(backend: Backend, weights: Weights): Network {
    return new ImplicitQuantileNetwork(backend, this, weights);
  }

  map(change: (layer: Module) => Module): Module {
    const { state, embedding, values } = this;
    return new ImplicitQuantile(this.#plan, {
      state: state?.map(change) ?? null,
      embedding: embedding.map(change),
      values: values.map(change),
    });
  }

  /** Adds the network to an ONNX graph, with the fractions for acting: the output has actions x actingQuantiles numbers. */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    const { state, embedding, values, actions } = this;
    const { actingQuantiles: N, cosines } = this.distribution;
    const fractions = midpoints(N);
    const features = Float32Array.from({ length: N * cosines }, (_, k) =>
      cos(PI * (k % cosines) * fractions[Math.floor(k / cosines)]),
    );
    const ofEmbedding = state === null ? weights : shifted(weights, state.specs.length, state.kept.length);
    const ofValues = shifted(ofEmbedding, embedding.specs.length, embedding.kept.length);
    const psi = state === null ? input : state.describe(graph, input, backend, weights);
    const phi = embedding.describe(graph, graph.constant(features, [N, cosines]), backend, ofEmbedding);
    const product = graph.node("Mul", [graph.reshape(psi, [-1, 1, embedding.outputs]), phi]);
    const rows = values.describe(graph, graph.reshape(product, [-1, embedding.outputs]), backend, ofValues);
    const byAction = graph.node("Transpose", [graph.reshape(rows, [-1, N, actions])], { perm: [0, 2, 1] });
    return graph.reshape(byAction, [-1, actions * N]);
  }
}

interface ImplicitQuantileParts {
  readonly state: Module | null;
  readonly embedding: Module;
  readonly values: Module;
}

function planParts({ inputs, actions, network, distribution, dueling }: ImplicitQuantilePlan): ImplicitQuantileParts {
  if (network.convolution.length > 0) {
    throw new RangeError(
      `network: convolution expected no layers with implicit quantiles, got ${network.convolution.length}. Learn images with "categorical" or "quantile" distributions.`,
    );
  }
  const { hidden, initializer } = network;
  const ofState = Math.max(hidden.length - 1, Math.min(hidden.length, 1));
  const layers = hiddenLayers(inputs, { ...network, hidden: hidden.slice(0, ofState) });
  const width = layers.at(-1)?.outputs ?? inputs;
  const embedding = new Dense(distribution.cosines, width, {
    activation: "relu",
    places: 2,
    draw: drawing(initializer, HIDDEN_GAIN),
  });
  const behind = hiddenLayers(width, { ...network, hidden: hidden.slice(ofState) });
  const last = new Dense(behind.at(-1)?.outputs ?? width, dueling ? actions + 1 : actions, {
    activation: "identity",
    places: 1,
    draw: drawing(initializer, 1),
  });
  return {
    state: layers.length === 0 ? null : new Sequential(layers),
    embedding: new Sequential([embedding]),
    values: new Sequential([...behind, last, ...(dueling ? [new Dueling(actions, 1)] : [])]),
  };
}

/** Returns the fractions (n + 1/2) / N for n = 0 .. N - 1. */
function midpoints(N: number): Float32Array {
  return Float32Array.from({ length: N }, (_, n) => (n + 0.5) / N);
}

/** The three networks psi, phi and f, in one block of parameters. */
interface PartNetworks {
  readonly state: Network | null;
  readonly embedding: Network;
  readonly values: Network;
}

class ImplicitQuantileNetwork implements Network {
  readonly module: ImplicitQuantile;
  readonly weights: Weights;
  readonly #backend: Backend;
  readonly #parts: PartNetworks;
  /** Random stream of the fractions; null: the fractions are fixed. */
  readonly #source: { stream: RandomStream | null } = { stream: null };

  constructor(backend: Backend, module: ImplicitQuantile, weights: Weights) {
    const networks: Network[] = [];
    eachChild(module.children, weights, (child, own) => networks.push(child.on(backend, own)));
    const values = networks.pop()!;
    const embedding = networks.pop()!;
    this.module = module;
    this.weights = weights;
    this.#backend = backend;
    this.#parts = { state: networks.pop() ?? null, embedding, values };
  }

  /** From now on every pass draws its own fractions, uniformly, for all planned rows. */
  resample(stream: RandomStream): void {
    this.#source.stream = stream;
  }

  /**
   * From now on passes use the fractions (n + 1/2) / N, so that the same observation always has the same values. Differs from
   * paper: there greedy decisions are means over random fractions, too.
   */
  withoutNoise(): void {
    this.#source.stream = null;
  }

  plan(site: Site): ImplicitQuantilePass {
    return new ImplicitQuantilePass(this.#backend, this.module, this.#parts, this.#source, site);
  }
}

/** Cosines of the fractions of a pass. Several passes may share one tensor. */
interface Features {
  readonly tensor: Tensor;
  /** The pass whose fixed fractions are encoded now, in all rows; null: no pass. */
  owner: ImplicitQuantilePass | null;
}

const NOTHING_LENT = { state: null, embedding: null, values: null };

/** Planned pass of an implicit quantile network. */
export class ImplicitQuantilePass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  /** [rows, actions N] */
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  /** [rows, N] the fractions of the last forward pass. */
  readonly fractions: Tensor;
  readonly #backend: Backend;
  readonly #source: { readonly stream: RandomStream | null };
  /** Number of fractions per row in this pass, N. */
  readonly #count: number;
  /** (n + 1/2) / N for every row. */
  readonly #midpoints: Float32Array;
  readonly #cosines: Features;
  readonly #state: Pass | null;
  readonly #embedding: Pass;
  readonly #values: Pass;
  /** [rows N, H] psi * phi and its gradient. The gradient of phi later takes the same place: see `backward`. */
  readonly #product: Tensor;
  readonly #dProduct: Tensor | null;
  /** Gradient of psi; without a network psi it is the gradient of x. */
  readonly #dPsi: Tensor | null;

  constructor(
    backend: Backend,
    { actions, distribution, embedding: ofFractions }: ImplicitQuantile,
    { state, embedding, values }: PartNetworks,
    source: { readonly stream: RandomStream | null },
    { rows, x, gradients = null, dX = null, borrow = null }: Site,
  ) {
    const borrowed = borrow as ImplicitQuantilePass | null;
    const { quantiles, nextQuantiles, actingQuantiles, cosines } = distribution;
    const count = gradients !== null ? quantiles : borrowed !== null ? nextQuantiles : actingQuantiles;
    const all = rows * count;
    const fits = borrowed !== null && borrowed.rows >= rows && borrowed.rows * borrowed.#count >= all;
    const lender = fits ? borrowed : null;
    const lent =
      lender === null ? NOTHING_LENT : { state: lender.#state, embedding: lender.#embedding, values: lender.#values };
    const goesBack = gradients !== null || dX !== null;
    this.rows = rows;
    this.x = x;
    this.output = backend.tensor(rows, actions * count);
    this.dOutput = goesBack ? backend.tensor(rows, actions * count) : null;
    this.fractions = backend.tensor(rows, count);
    this.#backend = backend;
    this.#source = source;
    this.#count = count;
    this.#midpoints = Float32Array.from({ length: all }, (_, k) => ((k % count) + 0.5) / count);
    this.#cosines = lender === null ? { tensor: backend.tensor(all, cosines), owner: null } : lender.#cosines;
    this.#product = lender === null ? backend.tensor(all, ofFractions.outputs) : lender.#product;
    this.#state = state === null ? null : state.plan({ rows, x, gradients, dX, borrow: lent.state });
    this.#dPsi = this.#state === null ? dX : this.#state.dOutput;
    this.#embedding = embedding.plan({
      rows: all,
      x: this.#cosines.tensor,
      gradients,
      borrow: lent.embedding,
    });
    // When phi is not trained, its pass has no tensor for the gradient.
    const dProduct = goesBack ? (this.#embedding.dOutput ?? backend.tensor(all, ofFractions.outputs)) : null;
    this.#dProduct = dProduct;
    this.#values = values.plan({
      rows: all,
      x: this.#product,
      gradients,
      dX: dProduct,
      borrow: lent.values,
    });
  }

  get features(): Tensor {
    return this.#values.features;
  }

  forward(rows: number = this.rows): Tensor {
    const { rows: arithmetic } = this.#backend;
    const N = this.#count;
    this.#showFractions(rows);
    const psi = this.#state === null ? this.x : this.#state.forward(rows);
    const phi = this.#embedding.forward(rows * N);
    arithmetic.scaleGroups(rows, N, psi, phi, this.#product);
    arithmetic.fold(rows, N, this.#values.forward(rows * N), this.output);
    return this.output;
  }

  /**
   * Writes the fractions of the coming pass as cosines. Fixed fractions are written once, until other fractions overwrite
   * them.
   */
  #showFractions(rows: number): void {
    const { random, returnDistribution } = this.#backend;
    const cosines = this.#cosines;
    const { stream } = this.#source;
    if (stream !== null) {
      random.fillUniform(stream, this.fractions, 0, 1);
      cosines.owner = null;
      returnDistribution.cosineFeatures(rows, this.fractions, cosines.tensor);
    } else if (cosines.owner !== this) {
      this.#backend.write(this.fractions, this.#midpoints);
      cosines.owner = this;
      returnDistribution.cosineFeatures(this.rows, this.fractions, cosines.tensor);
    }
  }

  backward(rows: number = this.rows): void {
    const { rows: arithmetic } = this.#backend;
    const N = this.#count;
    const psi = this.#state === null ? this.x : this.#state.output;
    const phi = this.#embedding.output;
    arithmetic.unfold(rows, N, this.dOutput!, this.#values.dOutput!);
    this.#values.backward(rows * N);
    const dProduct = this.#dProduct!;
    // In place: the gradient of psi * phi becomes the gradient of phi.
    arithmetic.scaleGroupsBackward(rows, N, psi, phi, dProduct, dProduct, this.#dPsi);
    if (this.#embedding.dOutput !== null) this.#embedding.backward(rows * N);
    this.#state?.backward(rows);
  }
}
