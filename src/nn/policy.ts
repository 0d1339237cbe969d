// A policy as a module: a network computes the parameters of an action distribution, and the head has further trained arrays.
// With `values` the last output of the network is the value of the state.
//
//   observation -> network -> [ distribution's parameters | value ]        head: log_std, ...
//
// The first output weights are small (gain 0.01), so that at first all actions are about equally probable (Andrychowicz et al.
// 2021, https://arxiv.org/abs/2006.05990, section 3.2). The block holds the arrays of the network, then those of the head.

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

/** Sizes and parts of a policy. */
export interface PolicyOptions {
  /** Numbers per row of the input. */
  readonly inputs: number;
  /** Form of the input for convolutional layers, from `imageOf`; null without such layers. @defaultValue null */
  readonly image?: Image | null;
  /** Options of the network's layers. */
  readonly network: NetworkOptions;
  /** Head for the action space, from `createPolicyHead`. */
  readonly head: PolicyHead;
  /** True: the network has one more output, the value of the state. @defaultValue false */
  readonly values?: boolean;
}

/** Makes a policy with a feed-forward network. The last layer has small first weights, see the head of this file. */
export function policyModule({ inputs, image = null, network, head, values = false }: PolicyOptions): PolicyModule {
  const groups = [{ outputs: head.outputs, gain: POLICY_GAIN }, ...(values ? [{ outputs: 1, gain: VALUE_GAIN }] : [])];
  const draw = drawingGroups(network.initializer, groups, head.biases);
  return new PolicyModule(feedForward(inputs, head.outputs + (values ? 1 : 0), network, { image, draw }), head);
}

/** A network with a policy head: the description of a policy. */
export class PolicyModule implements Module<PolicyNetwork> {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  readonly children: readonly Module[];
  /** The network without the head. */
  readonly network: Module;
  /** The head that makes an action distribution of the network's outputs. */
  readonly head: PolicyHead;

  /** @param network module with the outputs that the head needs, or with one more for the value of the state */
  constructor(network: Module, head: PolicyHead) {
    this.inputs = network.inputs;
    this.outputs = network.outputs;
    this.specs = [...network.specs, ...head.specs];
    this.kept = network.kept;
    this.children = [network];
    this.network = network;
    this.head = head;
  }

  /** True when the last output of the network is the value of the state. */
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

  /** Adds the network alone to an ONNX graph. @returns the name of its raw outputs, without the head */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    return this.network.describe(graph, input, backend, weights);
  }

  /**
   * Adds network and head to an ONNX graph, with the output "value" if the network computes the value of the state.
   * @pre the children of the network, if it has any, run one after the other
   * @returns the name of the most probable actions, see `PolicyHead.describe`
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

/** A policy with weights. */
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

/** A pass of a policy: it computes the action distribution, and the value of the state if the network has that output. */
export class PolicyPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  /** [rows, outputs] outputs of the network, with the column of the value. */
  readonly output: Tensor;
  /** [rows, outputs] gradient of `output`; null in a pass without gradients. */
  readonly dOutput: Tensor | null;
  /** Action distribution, with tensors for its gradients. */
  readonly distribution: ActionDistribution;
  /** [rows, 1] value of the state; null if the network does not compute it. */
  readonly value: Tensor | null;
  /** [rows, 1] gradient of `value`, written by the loss; null without a value or without gradients. */
  readonly dValue: Tensor | null;
  /** The head with its tensors. */
  readonly head: PlannedHead;
  /** The pass of the network alone. */
  readonly inner: Pass;
  readonly #backend: Backend;
  readonly #weights: Weights;
  /** Outputs for the head, and their gradient. Without a value these are the network's own tensors. */
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

  /** Computes the distribution, and the value if there is one. */
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

  /** Computes the gradients of all weights from those of the distribution and the value. */
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
   * Plans J v, the change of the distribution's parameters when the weights move along v. The result is written into the tensors
   * of the distribution's gradients.
   * @param direction v, a block in the layout of the weights; the head's arrays in it may be overwritten
   * @pre the network computes no value, and the pass was planned with gradients
   */
  planMoves(direction: Parameters): { hold(): void; forward(rows?: number): void } {
    const backend = this.#backend;
    const { block } = this.#weights;
    const linear = backend.parameters(block.specs);
    const tangent = this.inner.tangent!({ direction, linear, dX: null, into: this.dOutput });
    const moveHead = this.head.planTangent(direction);
    return {
      /** Copies the weights. Call it once after every change of the weights. */
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
