// What the values of an algorithm are made of: the module of its networks, and what their outputs mean. An algorithm that needs
// another kind than layers of numbers brings its own, so that only its users carry it.

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

/** Values to be made. */
export interface ValuePlan {
  /** Begins the message of an error. */
  readonly where: string;
  readonly observationSpace: Space;
  /** How many there are. */
  readonly actions: number;
  readonly settings: DeepQSettings;
}

export interface ValueKind extends ValueLimits {
  /** @throws TypeError or RangeError when the observations are not the images that convolutions need */
  module(plan: ValuePlan): Module;
  head(plan: ValuePlan): ValueHead;
}

/** What every algorithm of the family says of itself in the same way. */
export function deepQ(
  kind: ValueKind,
): Pick<DeepQAbout, "actions" | "learnsFrom" | "learnsOnDevices" | "fields"> &
  Required<Pick<DeepQAbout, "complete" | "updateFlops">> {
  return {
    actions: ["discrete"],
    learnsFrom: "steps",
    learnsOnDevices: true,
    fields: DEEP_Q_FIELDS,
    complete: (where, settings, _workplace, said) => completeDeepQ(where, settings, said, kind),
    // Forward and backward passes of a batch.
    updateFlops: (where, workplace, settings) => {
      const { specs } = kind.module(valuePlan(where, workplace, settings));
      return 8 * settings.batchSize * specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
    },
  };
}

/** Values of actions for a workplace with numbered actions. */
export function valuePlan(
  where: string,
  { observationSpace, actionSpace }: { readonly observationSpace: Space; readonly actionSpace: Space },
  settings: DeepQSettings,
): ValuePlan {
  return { where, observationSpace, actions: (actionSpace as Discrete).n, settings };
}

/** Convolutions and dense layers, dueling or noisy where the settings say so. */
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
