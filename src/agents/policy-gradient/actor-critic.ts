// A policy and its value: two networks, or one network that gives both. All parameters lie in one block, so that the gradient
// has one norm and the optimizer makes one step: "policy.*", then "value.*". With a memory, inputs of both are the states of a
// recurrent layer, "memory.*", in place of observations.

import type { Backend } from "../../backend.ts";
import { createPolicyHead } from "../../nn/action-distribution.ts";
import { Gru, type GruNetwork } from "../../nn/gru.ts";
import { imageOf } from "../../nn/image.ts";
import { Model } from "../../nn/model.ts";
import type { Module, Network, Pass } from "../../nn/module.ts";
import { featureSize, feedForward } from "../../nn/network-options.ts";
import { type PolicyModule, type PolicyNetwork, type PolicyPass, policyModule } from "../../nn/policy.ts";
import type { ActionDistribution } from "../../operations/action-distribution.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { AgentContext } from "../../training/context.ts";
import type { PolicySettings } from "./policy-options.ts";
import type { MemorySettings } from "./recurrent-options.ts";

/** Settings that an actor-critic model is made from. */
export type ActorCriticSettings = PolicySettings & Partial<MemorySettings>;

/** Modules, in the order of their parameters in the block. */
type ActorCriticModules = {
  readonly policy: PolicyModule;
  /** Value network; absent if the policy's network gives the values. */
  readonly value?: Module;
  readonly memory?: Gru;
};

/** Trained model of a policy and its value. */
export type ActorCriticModel = Model<ActorCriticModules>;

/** Networks of a policy and its value, with the learning or with the acting weights. */
export interface ActorCriticNetworks {
  /** Policy network. */
  readonly policy: PolicyNetwork;
  /** Value network; null if the policy's network gives the values. */
  readonly value: Network | null;
  /** Recurrent layer; null for a policy without memory. */
  readonly memory: GruNetwork | null;
}

/** Makes the model. @throws TypeError or RangeError when the network has convolutions and observations are not images */
export function createActorCritic(context: AgentContext<ActorCriticSettings>): ActorCriticModel {
  const { actionSpace, encoder, name, observationSpace, settings } = context;
  const { distribution, network, optimizer, maxGradientNorm, recurrent = null, rescaleObservations } = settings;
  const inputs = recurrent === null ? encoder.size : recurrent.units;
  const image = imageOf(name, observationSpace, network.convolution, rescaleObservations);
  const head = createPolicyHead(actionSpace, distribution, featureSize(inputs, network, image));
  const values = settings.sharedNetwork;
  const networks: ActorCriticModules = {
    policy: policyModule({ inputs, image, network, head, values }),
    ...(!values && { value: feedForward(inputs, 1, network, { image }) }),
    ...(recurrent !== null && { memory: new Gru(encoder.size, recurrent.units, network.initializer) }),
  };
  return new Model<ActorCriticModules>(context, { networks, optimizer, maxGradientNorm });
}

/** Returns the networks of a model. @param acting true for the acting weights. Default: false, the learning weights. */
export function networksOf(model: ActorCriticModel, acting: boolean = false): ActorCriticNetworks {
  const { policy, value = null, memory = null } = acting ? model.acting.networks : model.networks;
  return { policy, value, memory };
}

/** Tensors that a pass is planned with; see Site. */
export interface ActorCriticSite {
  readonly rows: number;
  /** [rows, inputs]: observations, or the states of a memory. */
  readonly x: Tensor;
  /** Gradients of the model, for training; null: no training. @defaultValue null */
  readonly gradients?: Parameters | null;
  /** [rows, inputs] gradient of x, written for a memory; null: not computed. @defaultValue null */
  readonly dX?: Tensor | null;
}

/** A planned pass of policy and value. */
export class ActorCriticPass {
  readonly rows: number;
  readonly policy: PolicyPass;
  readonly distribution: ActionDistribution;
  /** [rows, 1] values. */
  readonly value: Tensor;
  /** [rows, 1] gradient of the values, which a loss writes; null without training. */
  readonly dValue: Tensor | null;
  readonly #backend: Backend;
  readonly #value: Pass | null;
  readonly #dX: Tensor | null;
  /** The part of dX that comes from the value's network. */
  readonly #dXOfValue: Tensor | null;

  constructor(backend: Backend, { policy, value }: ActorCriticNetworks, site: ActorCriticSite) {
    const { rows, x, gradients = null, dX = null } = site;
    this.rows = rows;
    this.policy = policy.plan({ rows, x, gradients, dX });
    this.#dXOfValue = dX === null || value === null ? null : backend.tensor(rows, dX.columns);
    this.#value = value?.plan({ rows, x, gradients, dX: this.#dXOfValue }) ?? null;
    this.distribution = this.policy.distribution;
    this.value = this.#value?.output ?? this.policy.value!;
    this.dValue = this.#value === null ? this.policy.dValue : this.#value.dOutput;
    this.#backend = backend;
    this.#dX = dX;
  }

  /** Writes the action distribution and the value. */
  forward(rows: number = this.rows): void {
    this.policy.forward(rows);
    this.#value?.forward(rows);
  }

  /** Writes the action distribution; also the value if one network gives both. */
  forwardPolicy(rows: number = this.rows): void {
    this.policy.forward(rows);
  }

  /** Writes the value; also the action distribution if one network gives both. @returns the value */
  forwardValue(rows: number = this.rows): Tensor {
    if (this.#value === null) this.policy.forward(rows);
    else this.#value.forward(rows);
    return this.value;
  }

  /** Computes all gradients from those of the action distribution and the value, and overwrites these two. */
  backward(rows: number = this.rows): void {
    this.policy.backward(rows);
    this.backwardValue(rows);
    if (this.#dX !== null && this.#dXOfValue !== null) this.#backend.rows.addScaled(rows, this.#dXOfValue, 1, this.#dX);
  }

  /** Computes the gradients of the value network alone; those of the policy stay as they are. */
  backwardValue(rows: number = this.rows): void {
    this.#value?.backward(rows);
  }
}
