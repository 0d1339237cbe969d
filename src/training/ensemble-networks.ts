// The networks of bootstrapped DQN, apart from the others so that only its users carry them.

import { EnsembleHead } from "../nn/ensemble-head.ts";
import { type EnsembleKind, EnsembleNetwork, ensembleSpecs } from "../nn/ensemble-network.ts";
import { imageOf } from "../nn/image.ts";
import { flatSize } from "../space.ts";
import { denseNetworks, type NetworkFactory, type NetworkPlan } from "./deep-q-network.ts";

/** Null where the settings ask for a single value function. */
function ensembleKind({ where, observationSpace, settings }: NetworkPlan): EnsembleKind | null {
  const { ensemble, dueling, network, rescaleObservations } = settings;
  if (ensemble === null) return null;
  return { ensemble, dueling, image: imageOf(where, observationSpace, network.convolution, rescaleObservations) };
}

/** Ensembles where the settings say so, else `denseNetworks`. */
export const ensembleNetworks: NetworkFactory = {
  ...denseNetworks,
  ensembles: true,
  create: (backend, plan) => {
    const kind = ensembleKind(plan);
    if (kind === null) return denseNetworks.create(backend, plan);
    return new EnsembleNetwork(backend, flatSize(plan.observationSpace), plan.actions, plan.settings.network, kind);
  },
  specs: (plan) => {
    const kind = ensembleKind(plan);
    if (kind === null) return denseNetworks.specs(plan);
    return ensembleSpecs(flatSize(plan.observationSpace), plan.actions, plan.settings.network, kind);
  },
  head: (backend, plan, actingRows) => {
    const { batchSize, ensemble, loss } = plan.settings;
    if (ensemble === null) return denseNetworks.head(backend, plan, actingRows);
    return new EnsembleHead(backend, { batch: batchSize, acting: actingRows }, plan.actions, loss, ensemble.members);
  },
};
