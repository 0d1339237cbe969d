// The networks of IQN, apart from the others so that only its users carry them.

import { ImplicitQuantileNetwork, implicitQuantileSpecs } from "../nn/implicit-quantile-network.ts";
import { flatSize } from "../space.ts";
import { denseNetworks, type NetworkFactory } from "./deep-q-network.ts";

/** Implicit quantile networks where the settings say so, else `denseNetworks`. */
export const implicitQuantileNetworks: NetworkFactory = {
  ...denseNetworks,
  distributions: [...denseNetworks.distributions, "implicit-quantile"],
  create: (backend, plan) => {
    const { distribution, dueling, network } = plan.settings;
    if (distribution?.type !== "implicit-quantile") return denseNetworks.create(backend, plan);
    const inputs = flatSize(plan.observationSpace);
    return new ImplicitQuantileNetwork(backend, inputs, plan.actions, network, { distribution, dueling });
  },
  specs: (plan) => {
    const { distribution, dueling, network } = plan.settings;
    if (distribution?.type !== "implicit-quantile") return denseNetworks.specs(plan);
    return implicitQuantileSpecs(flatSize(plan.observationSpace), plan.actions, network, { distribution, dueling });
  },
};
