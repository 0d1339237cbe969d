// Several value functions in one network, each with a fixed random prior: K members share the hidden layers and have their own
// outputs, output unit = action x K + member. A file of its own, so that only BootstrappedDQN's users carry the code.

import { imageOf } from "../../nn/image.ts";
import { feedForward } from "../../nn/network-options.ts";
import { RandomPrior } from "../../nn/random-prior.ts";
import { flatSize } from "../../space.ts";
import { EnsembleHead } from "./ensemble-head.ts";
import { layeredModule, layeredValues, type ValueKind } from "./value-kind.ts";

/** Ensembles if the settings have one; otherwise the usual layers. */
export const ensembleValues: ValueKind = {
  ...layeredValues,
  ensembles: true,
  module: (plan) => {
    const { actions, observationSpace, settings, where } = plan;
    const { ensemble, network, rescaleObservations } = settings;
    if (ensemble === null) return layeredValues.module(plan);
    const image = imageOf(where, observationSpace, network.convolution, rescaleObservations);
    // Initial weights for ReLU, without biases: with PyTorch's initialisation and observations of few non-zero numbers, the
    // biases would dominate, and a prior would be nearly the same everywhere.
    const options = { ...network, initializer: "kaiming-uniform" } as const;
    const prior = feedForward(flatSize(observationSpace), actions * ensemble.members, options, { image });
    return new RandomPrior(layeredModule(plan, ensemble.members), prior, ensemble.priorScale);
  },
  head: (plan) => {
    const { ensemble, loss } = plan.settings;
    return ensemble === null ? layeredValues.head(plan) : new EnsembleHead(plan.actions, loss, ensemble.members);
  },
};
