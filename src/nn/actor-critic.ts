// A policy and its value: two networks, or one that gives both. All of their parameters lie in one block, so that the
// gradient has one norm and an optimizer makes one step: "policy.*", then "value.*".

import type { Backend, ParameterSpec, Parameters, RandomStream, Tensor } from "../backend.ts";
import type { ActionDistribution } from "../policy-operations.ts";
import { Network, networkSpecs, type Workspace } from "./network.ts";
import { PolicyNetwork, type PolicyPlan, type PolicyWorkspace, policySpecs } from "./policy-network.ts";

/** @see PolicyPlan; with `values` one network gives both */
export type ActorCriticPlan = PolicyPlan;

/** The tensors of passes over at most `rows` rows. */
export interface ActorCriticWorkspace {
  readonly rows: number;
  readonly distribution: ActionDistribution;
  /** [rows, 1] */
  readonly value: Tensor;
  /** Its gradient, written by whoever computes a loss; null without training. */
  readonly dValue: Tensor | null;
  readonly policySpace: PolicyWorkspace;
  readonly valueSpace: Workspace | null;
}

/** The parameters of both, without planning them. */
export function actorCriticSpecs(plan: ActorCriticPlan): ParameterSpec[] {
  return [...policySpecs(plan, "policy."), ...valueSpecs(plan)];
}

function valueSpecs({ inputs, image, network, values }: ActorCriticPlan): ParameterSpec[] {
  return values ? [] : networkSpecs(inputs, 1, network, { image }, "value.");
}

export class ActorCritic {
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  /** Overwritten by `backward`. */
  readonly gradients: Parameters;
  readonly policy: PolicyNetwork;
  /** Null where the policy's network gives values. */
  readonly #value: Network | null;
  readonly #backend: Backend;

  constructor(backend: Backend, plan: ActorCriticPlan) {
    const { inputs, image, network, values } = plan;
    this.specs = actorCriticSpecs(plan);
    this.parameters = backend.parameters(this.specs);
    this.gradients = backend.parameters(this.specs);
    const place = { parameters: this.parameters, firstSpec: 0, prefix: "policy." };
    this.policy = new PolicyNetwork(backend, plan, place);
    const firstSpec = this.policy.specs.length;
    this.#value = values
      ? null
      : new Network(backend, inputs, 1, network, { image }, { ...place, firstSpec, prefix: "value." });
    this.#backend = backend;
  }

  /** Draws all parameters from `stream`. */
  initialize(stream: RandomStream): void {
    this.policy.initialize(stream);
    this.#value?.initialize(stream);
  }

  /** @param training whether backward passes follow */
  workspace(rows: number, training: boolean): ActorCriticWorkspace {
    const policySpace = this.policy.workspace(rows, training ? this.gradients : null);
    const valueSpace = this.#value?.workspace(rows, training) ?? null;
    return {
      rows,
      distribution: policySpace.distribution,
      value: policySpace.value ?? valueSpace!.output,
      dValue: policySpace.dValue ?? (training ? this.#backend.tensor(rows, 1) : null),
      policySpace,
      valueSpace,
    };
  }

  /** Writes the workspace's distribution and value of the first `rows` rows of x. */
  forward(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    this.policy.forward(x, workspace.policySpace, rows);
    this.#value?.forward(x, workspace.valueSpace!, rows);
  }

  /** Writes the distribution; the value too where one network gives both. */
  forwardPolicy(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    this.policy.forward(x, workspace.policySpace, rows);
  }

  /** Writes the value; the distribution too where one network gives both. @returns workspace.value */
  forwardValue(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): Tensor {
    if (this.#value === null) this.policy.forward(x, workspace.policySpace, rows);
    else this.#value.forward(x, workspace.valueSpace!, rows);
    return workspace.value;
  }

  /**
   * All gradients, from those of distribution and value in the workspace, for the forward pass that it holds. Overwrites
   * both.
   */
  backward(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    this.policy.backward(x, workspace.policySpace, this.gradients, rows);
    this.#value?.backward(x, workspace.valueSpace!, workspace.dValue!, this.gradients, rows);
  }

  /** Gradients of the value's network alone; of two networks. */
  backwardValue(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    this.#value?.backward(x, workspace.valueSpace!, workspace.dValue!, this.gradients, rows);
  }
}
