// A network that gives the distribution of actions, with what is trained beside it; with `values` it gives the state's value
// too, as its last output.
//
//   observation -> network -> [ distribution's parameters | value ]   head: log_std, ...
//
// Small output weights (gain 0.01): at the start all actions are about as probable as each other (Andrychowicz et al. 2021,
// https://arxiv.org/abs/2006.05990, section 3.2). Parameters: those of the network, then the head's.

import type { Backend } from "../backend.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { PlannedHead, PolicyHead } from "./action-distribution.ts";
import type { Image } from "./image.ts";
import { Network, type NetworkOptions, networkSpecs, type Place, type Workspace } from "./network.ts";

const POLICY_GAIN = 0.01;
const VALUE_GAIN = 1;

export interface PolicyPlan {
  /** Numbers that it sees. */
  readonly inputs: number;
  /** What convolutions see (`imageOf`); null without them. */
  readonly image: Image | null;
  readonly network: NetworkOptions;
  readonly head: PolicyHead;
  /** Whether the last output is the state's value. */
  readonly values: boolean;
}

/** The tensors of a pass over at most `rows` rows. */
export interface PolicyWorkspace {
  readonly rows: number;
  readonly distribution: ActionDistribution;
  /** [rows, 1] where the plan says `values`. */
  readonly value: Tensor | null;
  /** Its gradient; null without training. */
  readonly dValue: Tensor | null;
  readonly network: Workspace;
  readonly head: PlannedHead;
  /** What the head sees of the network's outputs, and the gradients of both; the same where there are no values. */
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly dNetwork: Tensor | null;
}

/** The parameters of a policy, without planning it. */
export function policySpecs(
  { inputs, image, network, head, values }: PolicyPlan,
  prefix: string = "",
): ParameterSpec[] {
  const outputs = head.outputs + (values ? 1 : 0);
  const own = head.specs.map((spec) => ({ ...spec, name: prefix + spec.name }));
  return [...networkSpecs(inputs, outputs, network, { image }, prefix), ...own];
}

export class PolicyNetwork {
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly plan: PolicyPlan;
  readonly head: PolicyHead;
  readonly #backend: Backend;
  readonly network: Network;
  readonly #values: boolean;
  /** Index of the head's first parameter. */
  readonly headSpec: number;

  constructor(backend: Backend, plan: PolicyPlan, place?: Place) {
    const { inputs, image, network, head, values } = plan;
    this.specs = policySpecs(plan, place?.prefix);
    this.parameters = place?.parameters ?? backend.parameters(this.specs);
    this.plan = plan;
    this.head = head;
    this.#backend = backend;
    this.#values = values;
    const firstSpec = place?.firstSpec ?? 0;
    this.headSpec = firstSpec + this.specs.length - head.specs.length;
    const outputs = head.outputs + (values ? 1 : 0);
    const own = place ?? { parameters: this.parameters, firstSpec, prefix: "" };
    this.network = new Network(backend, inputs, outputs, network, { image }, own);
  }

  /** Draws all parameters from `stream`. */
  initialize(stream: RandomStream): void {
    const backend = this.#backend;
    const { parameters, head } = this;
    const ofValues = this.#values ? [{ outputs: 1, gain: VALUE_GAIN }] : [];
    this.network.initialize(stream, [{ outputs: head.outputs, gain: POLICY_GAIN }, ...ofValues]);
    const biases = backend.readParameter(parameters, this.network.outputBias) as Float32Array;
    for (const [o, bias] of head.biases.entries()) biases[o] += bias;
    backend.writeParameter(parameters, this.network.outputBias, biases);
    for (const [i, values] of head.values.entries()) backend.writeParameter(parameters, this.headSpec + i, values);
  }

  /** @param gradients where those of the parameters belong; null: for forward passes only */
  workspace(rows: number, gradients: Parameters | null): PolicyWorkspace {
    const backend = this.#backend;
    const training = gradients !== null;
    const { head, parameters } = this;
    const network = this.network.workspace(rows, training);
    const dNetwork = training ? backend.tensor(rows, this.network.outputs) : null;
    const output = this.#values ? backend.tensor(rows, head.outputs) : network.output;
    const dOutput = this.#values && training ? backend.tensor(rows, head.outputs) : dNetwork;
    const planned = head.plan(backend, { rows, output, dOutput, parameters, gradients, firstSpec: this.headSpec });
    return {
      rows,
      distribution: planned.distribution,
      value: this.#values ? backend.tensor(rows, 1) : null,
      dValue: this.#values && training ? backend.tensor(rows, 1) : null,
      network,
      head: planned,
      output,
      dOutput,
      dNetwork,
    };
  }

  /** Writes the workspace's distribution, and its value where there is one, of the first `rows` rows of x. */
  forward(x: Tensor, workspace: PolicyWorkspace, rows: number = workspace.rows): void {
    const { output, value, network, head } = workspace;
    const all = this.network.forward(x, network, rows);
    if (value !== null) {
      this.#backend.rows.copyColumns(rows, all, 0, output, 0, this.head.outputs);
      this.#backend.rows.copyColumns(rows, all, this.head.outputs, value, 0, 1);
    }
    head.forward(rows, this.network.features(x, network));
  }

  /** What the output layer, and the head with it, saw in the pass over x that the workspace holds. */
  features(x: Tensor, workspace: PolicyWorkspace): Tensor {
    return this.network.features(x, workspace.network);
  }

  /**
   * Gradients of all parameters, from those of the distribution and the value in the workspace, for the forward pass that it
   * holds.
   * @param gradients those that the workspace was planned with; overwritten
   * @param dInput [rows, inputs] written: gradient of x; null where nobody needs it
   */
  backward(
    x: Tensor,
    workspace: PolicyWorkspace,
    gradients: Parameters,
    rows: number = workspace.rows,
    dInput: Tensor | null = null,
  ): void {
    const { dOutput, dValue, dNetwork, network, head } = workspace;
    head.backward(rows, this.network.features(x, network));
    if (dValue !== null) {
      this.#backend.rows.copyColumns(rows, dOutput!, 0, dNetwork!, 0, this.head.outputs);
      this.#backend.rows.copyColumns(rows, dValue, 0, dNetwork!, this.head.outputs, 1);
    }
    this.network.backward(x, network, dNetwork!, gradients, rows, dInput);
  }
}
