// Kinds of values: the module of an algorithm's networks, and the meaning of their outputs. An algorithm that needs another kind
// than plain layers brings its own, so that only its users carry the code.

import { Dueling } from "../../nn/dueling.ts";
import { imageOf } from "../../nn/image.ts";
import { drawing } from "../../nn/initializer.ts";
import type { Module } from "../../nn/module.ts";
import { feedForward } from "../../nn/network-options.ts";
import { Noisy } from "../../nn/noisy.ts";
import { parameterSize } from "../../nn/parameter-tensors.ts";
import { type Discrete, flatSize, type Space } from "../../space.ts";
import { CategoricalHead } from "./categorical-head.ts";
import { atomsOf } from "./distribution.ts";
import { MunchausenHead } from "./munchausen-head.ts";
import { completeDeepQ, DEEP_Q_FIELDS, type DeepQAbout, type DeepQSettings, type ValueLimits } from "./options.ts";
import { QuantileHead } from "./quantile-head.ts";
import { ExpectedHead, type ValueHead } from "./value-head.ts";

/** Sizes and settings that values are made from. */
export interface ValuePlan {
  /** Name of the class: the beginning of error messages. */
  readonly where: string;
  readonly observationSpace: Space;
  /** Number of actions. */
  readonly actions: number;
  readonly settings: DeepQSettings;
}

/** A kind of values: makes the module of the networks and the head for their outputs. */
export interface ValueKind extends ValueLimits {
  /** Makes the module. @throws TypeError or RangeError when the network has convolutions and observations are not images */
  module(plan: ValuePlan): Module;
  /** Makes the head. */
  head(plan: ValuePlan): ValueHead;
}

/** Returns the part of the description that all algorithms of deep Q-learning share. */
export function deepQ(
  kind: ValueKind,
): Pick<DeepQAbout, "actions" | "learnsFrom" | "fields"> & Required<Pick<DeepQAbout, "complete" | "updateFlops">> {
  return {
    actions: ["discrete"],
    learnsFrom: "steps",
    fields: DEEP_Q_FIELDS,
    complete: (where, settings, _workplace, said) => completeDeepQ(where, settings, said, kind),
    // Forward and backward passes of a batch.
    updateFlops: (where, workplace, settings) => {
      const { specs } = kind.module(valuePlan(where, workplace, settings));
      return 8 * settings.batchSize * specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
    },
  };
}

/** Returns the plan of action values for a workplace. @pre the action space is Discrete */
export function valuePlan(
  where: string,
  { observationSpace, actionSpace }: { readonly observationSpace: Space; readonly actionSpace: Space },
  settings: DeepQSettings,
): ValuePlan {
  return { where, observationSpace, actions: (actionSpace as Discrete).n, settings };
}

/** Makes convolutions and dense layers; dueling or noisy if the settings say so. */
export function layeredModule({ where, observationSpace, actions, settings }: ValuePlan, atoms: number): Module {
  const { dueling, noisy, network, rescaleObservations } = settings;
  const image = imageOf(where, observationSpace, network.convolution, rescaleObservations);
  const module = feedForward(flatSize(observationSpace), (dueling ? actions + 1 : actions) * atoms, network, {
    image,
    draw: drawing(network.initializer, 1),
    behind: dueling ? [new Dueling(actions, atoms)] : [],
  });
  return noisy === false ? module : new Noisy(module, noisy.sigma);
}

/** Values of convolutions and dense layers: the usual kind. */
export const layeredValues: ValueKind = {
  distributions: ["categorical", "quantile"],
  ensembles: false,
  module: (plan) => layeredModule(plan, atomsOf(plan.settings.distribution)),
  head: ({ actions, settings }) => {
    const { distribution, loss, munchausen } = settings;
    if (distribution?.type === "categorical") return new CategoricalHead(distribution);
    if (distribution !== null) return new QuantileHead(actions, distribution);
    return munchausen === null ? new ExpectedHead(loss) : new MunchausenHead(loss, munchausen);
  },
};
