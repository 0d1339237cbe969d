// A policy as a module: a network that gives the parameters of a distribution of actions, and what is trained beside it. With
// `values` the same network gives the state's value too, as its last output.
//
//   observation -> network -> [ distribution's parameters | value ]        head: log_std, ...
//
// Small output weights (gain 0.01): at the start all actions are about as probable as each other (Andrychowicz et al. 2021,
// https://arxiv.org/abs/2006.05990, section 3.2). Arrays: those of the network, then the head's.

import type { Backend } from "../backend.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Image } from "./image.ts";
import { drawingGroups } from "./initializer.ts";
import type { GraphWriter, Module, Network, Pass, Site, Weights } from "./module.ts";
import { feedForward, type NetworkOptions } from "./network-options.ts";
import type { PlannedHead, PolicyHead } from "./policy-head.ts";
import { eachChild } from "./sequential.ts";

const POLICY_GAIN = 0.01;
const VALUE_GAIN = 1;

export interface PolicyOptions {
  /** Numbers that it sees. */
  readonly inputs: number;
  /** The form of the inputs where convolutions see them (`imageOf`). [null] */
  readonly image?: Image | null;
  readonly network: NetworkOptions;
  readonly head: PolicyHead;
  /** Whether the last output is the state's value. [false] */
  readonly values?: boolean;
}

/** The network of a policy; its last layer has small weights, and where asked for one output more, the state's value. */
export function policyModule({ inputs, image = null, network, head, values = false }: PolicyOptions): PolicyModule {
  const groups = [{ outputs: head.outputs, gain: POLICY_GAIN }, ...(values ? [{ outputs: 1, gain: VALUE_GAIN }] : [])];
  const draw = drawingGroups(network.initializer, groups, head.biases);
  return new PolicyModule(feedForward(inputs, head.outputs + (values ? 1 : 0), network, { image, draw }), head);
}

export class PolicyModule implements Module<PolicyNetwork> {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  readonly children: readonly Module[];
  readonly network: Module;
  readonly head: PolicyHead;

  /** @param network as many outputs as the head wants, or one more: the state's value */
  constructor(network: Module, head: PolicyHead) {
    this.inputs = network.inputs;
    this.outputs = network.outputs;
    this.specs = [...network.specs, ...head.specs];
    this.kept = network.kept;
    this.children = [network];
    this.network = network;
    this.head = head;
  }

  /** Whether the network gives the state's value too. */
  get hasValue(): boolean {
    return this.outputs > this.head.outputs;
  }

  initialize(backend: Backend, weights: Weights, stream: RandomStream): void {
    this.network.initialize(backend, weights, stream);
    const first = weights.first + this.network.specs.length;
    for (const [i, values] of this.head.values.entries()) backend.writeParameter(weights.block, first + i, values);
  }

  on(backend: Backend, weights: Weights): PolicyNetwork {
    return new PolicyNetwork(backend, this, weights);
  }

  map(change: (layer: Module) => Module): Module {
    return new PolicyModule(this.network.map(change), this.head);
  }

  /** The outputs as the network gives them: what they mean is the head's. */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    return this.network.describe(graph, input, backend, weights);
  }

  /**
   * The outputs as the head means them, and "value" where the network gives it.
   * @pre the children of the network, where it has any, are run one after the other
   * @returns the name of the most probable actions, see PolicyHead
   */
  describeActions(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    const { hasValue, head, network, outputs } = this;
    let [features, output] = [input, input];
    eachChild(network.children ?? [network], weights, (child, own) => {
      features = output;
      output = child.describe(graph, features, backend, own);
    });
    if (hasValue) graph.output("value", graph.columns(output, outputs - 1, outputs), 1);
    return head.describe(graph, {
      output: hasValue ? graph.columns(output, 0, outputs - 1) : output,
      features,
      backend,
      parameters: weights.block,
      firstSpec: weights.first + network.specs.length,
    });
  }
}

export class PolicyNetwork implements Network {
  readonly module: PolicyModule;
  readonly weights: Weights;
  readonly #backend: Backend;
  readonly #network: Network;

  constructor(backend: Backend, module: PolicyModule, weights: Weights) {
    this.module = module;
    this.weights = weights;
    this.#backend = backend;
    this.#network = module.network.on(backend, weights);
  }

  plan(site: Site): PolicyPass {
    const lender = (site.borrow ?? null) as PolicyPass | null;
    const inner = this.#network.plan({ ...site, borrow: lender?.inner ?? null });
    return new PolicyPass(this.#backend, this, inner, site.gradients ?? null);
  }
}

/** A pass that ends in a distribution of actions, and where the network gives it in a value. */
export class PolicyPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  /** The network's outputs and their gradient, the value's column included. */
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly distribution: ActionDistribution;
  /** [rows, 1] where the network gives values, else null; and its gradient. */
  readonly value: Tensor | null;
  readonly dValue: Tensor | null;
  readonly head: PlannedHead;
  /** Of the network. */
  readonly inner: Pass;
  readonly #backend: Backend;
  readonly #weights: Weights;
  /** The outputs that the head sees, and their gradient: the network's own where there is no value. */
  readonly #given: Tensor;
  readonly #dGiven: Tensor | null;

  constructor(backend: Backend, { module, weights }: PolicyNetwork, inner: Pass, gradients: Parameters | null) {
    const { rows, output, dOutput } = inner;
    const { head, hasValue } = module;
    const plan = (columns: number): Tensor => backend.tensor(rows, columns);
    const trains = dOutput !== null;
    this.rows = rows;
    this.x = inner.x;
    this.output = output;
    this.dOutput = dOutput;
    this.value = hasValue ? plan(1) : null;
    this.dValue = hasValue && trains ? plan(1) : null;
    this.#given = hasValue ? plan(head.outputs) : output;
    this.#dGiven = hasValue && trains ? plan(head.outputs) : dOutput;
    this.#backend = backend;
    this.inner = inner;
    this.#weights = weights;
    this.head = head.plan(backend, {
      rows,
      output: this.#given,
      dOutput: this.#dGiven,
      parameters: weights.block,
      gradients,
      firstSpec: weights.first + module.network.specs.length,
    });
    this.distribution = this.head.distribution;
  }

  get features(): Tensor {
    return this.inner.features;
  }

  /** Writes the distribution, and the value where there is one. */
  forward(rows: number = this.rows): Tensor {
    this.inner.forward(rows);
    if (this.value !== null) {
      const { columns } = this.#given;
      this.#backend.rows.copyColumns(rows, this.output, 0, this.#given, 0, columns);
      this.#backend.rows.copyColumns(rows, this.output, columns, this.value, 0, 1);
    }
    this.head.forward(rows, this.features);
    return this.output;
  }

  /** From the gradients of distribution and value to those of all weights. */
  backward(rows: number = this.rows): void {
    this.head.backward(rows, this.features);
    if (this.dValue !== null) {
      const { columns } = this.#given;
      this.#backend.rows.copyColumns(rows, this.#dGiven!, 0, this.dOutput!, 0, columns);
      this.#backend.rows.copyColumns(rows, this.dValue, 0, this.dOutput!, columns, 1);
    }
    this.inner.backward(rows);
  }

  /**
   * Plans J v: how the distribution moves when the weights move along `direction`, written in the place of its gradient.
   * @param direction v, a block laid out as the weights'; the numbers of the head may be overwritten
   * @pre the network gives no value, and the pass was planned with gradients
   */
  planMoves(direction: Parameters): { hold(): void; forward(rows?: number): void } {
    const backend = this.#backend;
    const { block } = this.#weights;
    const linear = backend.parameters(block.specs);
    const tangent = this.inner.tangent!({ direction, linear, dX: null, into: this.dOutput });
    const moveHead = this.head.planTangent(direction);
    return {
      /** Takes over the weights: once after they changed. */
      hold: () => {
        backend.vectors.copy(linear, block);
        tangent.hold();
      },
      forward: (rows = this.rows) => {
        tangent.forward(rows);
        moveHead(rows, this.features);
      },
    };
  }
}
