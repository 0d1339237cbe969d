// Which network and which head the settings of deep Q-learning ask for.

import type { Backend } from "../backend.ts";
import { atomsOf, createDistributionHead } from "../nn/distribution.ts";
import { imageOf } from "../nn/image.ts";
import { MunchausenHead } from "../nn/munchausen-head.ts";
import { Network, type NetworkKind, networkSpecs } from "../nn/network.ts";
import { ExpectedHead, type ValueHead } from "../nn/value-head.ts";
import type { ValueNetwork } from "../nn/value-network.ts";
import type { ParameterSpec } from "../operations/handles.ts";
import { flatSize, type Space } from "../space.ts";
import type { DeepQSettings } from "./deep-q-options.ts";

/** A network to be made. */
export interface NetworkPlan {
  /** Begins the message of an error. */
  readonly where: string;
  readonly observationSpace: Space;
  readonly actions: number;
  readonly settings: DeepQSettings;
}

/** Makes the networks of an algorithm: one that needs another kind than dense layers brings its own. */
export interface NetworkFactory {
  /** Kinds of distribution that its networks describe. */
  readonly distributions: readonly string[];
  /** Whether its networks may hold several value functions. */
  readonly ensembles: boolean;
  /** @throws TypeError or RangeError when the observations are not the images that convolutions need */
  create(backend: Backend, plan: NetworkPlan): ValueNetwork;
  /** The parameters of `create`'s network, without planning it. */
  specs(plan: NetworkPlan): ParameterSpec[];
  /** What the outputs of `create`'s network mean. @param actingRows of the largest pass that actions are chosen from */
  head(backend: Backend, plan: NetworkPlan, actingRows: number): ValueHead;
}

function networkKind({ where, observationSpace, settings }: NetworkPlan): NetworkKind {
  const { dueling, distribution, noisy, network, rescaleObservations } = settings;
  return {
    dueling,
    atoms: atomsOf(distribution),
    sigma: noisy === false ? null : noisy.sigma,
    image: imageOf(where, observationSpace, network.convolution, rescaleObservations),
  };
}

/** Convolutions and dense layers. */
export const denseNetworks: NetworkFactory = {
  distributions: ["categorical", "quantile"],
  ensembles: false,
  create: (backend, plan) =>
    new Network(backend, flatSize(plan.observationSpace), plan.actions, plan.settings.network, networkKind(plan)),
  specs: (plan) =>
    networkSpecs(flatSize(plan.observationSpace), plan.actions, plan.settings.network, networkKind(plan)),
  head: (backend, { settings }) => {
    const { batchSize, loss, munchausen, distribution } = settings;
    if (distribution !== null) return createDistributionHead(backend, distribution);
    return munchausen === null
      ? new ExpectedHead(backend, batchSize, loss)
      : new MunchausenHead(backend, batchSize, loss, munchausen);
  },
};
