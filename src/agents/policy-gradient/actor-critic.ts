// A policy and its value: two networks, or one that gives both. All of their parameters lie in one block, so that the gradient has
// one norm and an optimizer makes one step: "policy.*", then "value.*". With a memory both see the states of a recurrent layer,
// "memory.*", in place of observations.

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

export type ActorCriticSettings = PolicySettings & Partial<MemorySettings>;

/** Modules in the order of their block. */
type ActorCriticModules = {
  readonly policy: PolicyModule;
  /** Absent where the policy's network gives values. */
  readonly value?: Module;
  readonly memory?: Gru;
};

export type ActorCriticModel = Model<ActorCriticModules>;

/** The networks of a policy and its value, on weights that learn or on weights that act. */
export interface ActorCriticNetworks {
  readonly policy: PolicyNetwork;
  readonly value: Network | null;
  readonly memory: GruNetwork | null;
}

/** @throws TypeError or RangeError when the observations are not the images that convolutions need */
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

/** The networks of a model. @param acting those that act, rather than those that learn */
export function networksOf(model: ActorCriticModel, acting: boolean = false): ActorCriticNetworks {
  const { policy, value = null, memory = null } = acting ? model.acting.networks : model.networks;
  return { policy, value, memory };
}

/** Where a pass reads; see Site. */
export interface ActorCriticSite {
  readonly rows: number;
  /** [rows, inputs]: observations, or the states of a memory. */
  readonly x: Tensor;
  /** The model's gradients; null: nothing is trained. [null] */
  readonly gradients?: Parameters | null;
  /** [rows, inputs] gradient of x, for a memory; null: nobody needs it. [null] */
  readonly dX?: Tensor | null;
}

/** A pass of both. */
export class ActorCriticPass {
  readonly rows: number;
  readonly policy: PolicyPass;
  readonly distribution: ActionDistribution;
  /** [rows, 1] */
  readonly value: Tensor;
  /** Its gradient, written by whoever computes a loss; null without training. */
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

  /** Writes the distribution and the value. */
  forward(rows: number = this.rows): void {
    this.policy.forward(rows);
    this.#value?.forward(rows);
  }

  /** Writes the distribution; the value too where one network gives both. */
  forwardPolicy(rows: number = this.rows): void {
    this.policy.forward(rows);
  }

  /** Writes the value; the distribution too where one network gives both. @returns the value */
  forwardValue(rows: number = this.rows): Tensor {
    if (this.#value === null) this.policy.forward(rows);
    else this.#value.forward(rows);
    return this.value;
  }

  /** All gradients, from those of distribution and value. Overwrites both. */
  backward(rows: number = this.rows): void {
    this.policy.backward(rows);
    this.backwardValue(rows);
    if (this.#dX !== null && this.#dXOfValue !== null) this.#backend.rows.addScaled(rows, this.#dXOfValue, 1, this.#dX);
  }

  /** Gradients of the value's network alone; those of the policy stay as they are. */
  backwardValue(rows: number = this.rows): void {
    this.#value?.backward(rows);
  }
}
