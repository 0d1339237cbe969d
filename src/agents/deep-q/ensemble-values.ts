// Several value functions in one, each with a fixed random prior, apart from the others so that only BootstrappedDQN's users carry
// them: K members share the hidden layers and have outputs of their own, output unit = action x K + member.

import { imageOf } from "../../nn/image.ts";
import { feedForward } from "../../nn/network-options.ts";
import { RandomPrior } from "../../nn/random-prior.ts";
import { flatSize } from "../../space.ts";
import { EnsembleHead } from "./ensemble-head.ts";
import { layeredModule, layeredValues, type ValueKind } from "./value-kind.ts";

/** Ensembles where the settings say so, else as other algorithms. */
export const ensembleValues: ValueKind = {
  ...layeredValues,
  ensembles: true,
  module: (plan) => {
    const { actions, observationSpace, settings, where } = plan;
    const { ensemble, network, rescaleObservations } = settings;
    if (ensemble === null) return layeredValues.module(plan);
    const image = imageOf(where, observationSpace, network.convolution, rescaleObservations);
    // Weights for ReLU and no biases: with PyTorch's start, biases outweigh what an observation of few numbers that are not
    // 0 says, and a prior is nearly the same everywhere.
    const options = { ...network, initializer: "kaiming-uniform" } as const;
    const prior = feedForward(flatSize(observationSpace), actions * ensemble.members, options, { image });
    return new RandomPrior(layeredModule(plan, ensemble.members), prior, ensemble.priorScale);
  },
  head: (plan) => {
    const { ensemble, loss } = plan.settings;
    return ensemble === null ? layeredValues.head(plan) : new EnsembleHead(plan.actions, loss, ensemble.members);
  },
};
