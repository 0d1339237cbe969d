// A policy and its value: two networks, or one that gives both. All of their parameters lie in one block, so that the
// gradient has one norm and an optimizer makes one step: "policy.*", then "value.*". With a memory both see the states of a
// recurrent layer, "memory.*", in place of observations.

import type { Backend } from "../backend.ts";
import type { ActionDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { Gru, gruSpecs } from "./gru.ts";
import { Network, networkSpecs, type Workspace } from "./network.ts";
import { PolicyNetwork, type PolicyPlan, type PolicyWorkspace, policySpecs } from "./policy-network.ts";

/** @see PolicyPlan; with `values` one network gives both */
export interface ActorCriticPlan extends PolicyPlan {
  /** Of a recurrent layer whose states the networks see: numbers that it sees, and units, the networks' inputs. [none] */
  readonly memory?: { readonly inputs: number; readonly units: number } | null;
}

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
  /** [rows, inputs], written by `backward`: the gradient of what the networks see; null without memory or training. */
  readonly dInput: Tensor | null;
  /** The part of it that comes from the value's network. */
  readonly dInputOfValue: Tensor | null;
}

/** The parameters of both, without planning them. */
export function actorCriticSpecs(plan: ActorCriticPlan): ParameterSpec[] {
  return [...policySpecs(plan, "policy."), ...valueSpecs(plan), ...memorySpecs(plan)];
}

function valueSpecs({ inputs, image, network, values }: ActorCriticPlan): ParameterSpec[] {
  return values ? [] : networkSpecs(inputs, 1, network, { image }, "value.");
}

function memorySpecs({ memory }: ActorCriticPlan): ParameterSpec[] {
  return memory ? gruSpecs(memory.inputs, memory.units, "memory.") : [];
}

export class ActorCritic {
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  /** Overwritten by `backward`. */
  readonly gradients: Parameters;
  readonly policy: PolicyNetwork;
  /** What observations pass through first; its passes are the caller's. */
  readonly memory: Gru | null;
  /** Null where the policy's network gives values. */
  readonly #value: Network | null;
  readonly #backend: Backend;
  readonly #plan: ActorCriticPlan;

  constructor(backend: Backend, plan: ActorCriticPlan) {
    const { inputs, image, network, values, memory } = plan;
    this.specs = actorCriticSpecs(plan);
    this.parameters = backend.parameters(this.specs);
    this.gradients = backend.parameters(this.specs);
    const place = { parameters: this.parameters, firstSpec: 0, prefix: "policy." };
    this.policy = new PolicyNetwork(backend, plan, place);
    const firstSpec = this.policy.specs.length;
    this.#value = values
      ? null
      : new Network(backend, inputs, 1, network, { image }, { ...place, firstSpec, prefix: "value." });
    const ofMemory = { ...place, firstSpec: this.specs.length - memorySpecs(plan).length, prefix: "memory." };
    this.memory = memory ? new Gru(backend, memory.inputs, memory.units, ofMemory) : null;
    this.#backend = backend;
    this.#plan = plan;
  }

  /** Draws all parameters from `stream`. */
  initialize(stream: RandomStream): void {
    this.policy.initialize(stream);
    this.#value?.initialize(stream);
    this.memory?.initialize(stream, this.#plan.network.initializer);
  }

  /** @param training whether backward passes follow */
  workspace(rows: number, training: boolean): ActorCriticWorkspace {
    const policySpace = this.policy.workspace(rows, training ? this.gradients : null);
    const valueSpace = this.#value?.workspace(rows, training) ?? null;
    const slope = (): Tensor => this.#backend.tensor(rows, this.#plan.inputs);
    const learnsMemory = training && this.memory !== null;
    return {
      rows,
      distribution: policySpace.distribution,
      value: policySpace.value ?? valueSpace!.output,
      dValue: policySpace.dValue ?? (training ? this.#backend.tensor(rows, 1) : null),
      policySpace,
      valueSpace,
      dInput: learnsMemory ? slope() : null,
      dInputOfValue: learnsMemory && this.#value !== null ? slope() : null,
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
   * both. With a memory the gradient of x is written too.
   */
  backward(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    const { policySpace, valueSpace, dValue, dInput, dInputOfValue } = workspace;
    this.policy.backward(x, policySpace, this.gradients, rows, dInput);
    this.#value?.backward(x, valueSpace!, dValue!, this.gradients, rows, dInputOfValue);
    if (dInputOfValue !== null) this.#backend.rows.addScaled(rows, dInputOfValue, 1, dInput!);
  }

  /** Gradients of the value's network alone; of two networks. */
  backwardValue(x: Tensor, workspace: ActorCriticWorkspace, rows: number = workspace.rows): void {
    this.#value?.backward(x, workspace.valueSpace!, workspace.dValue!, this.gradients, rows);
  }
}
