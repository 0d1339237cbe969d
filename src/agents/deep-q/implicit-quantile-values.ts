// Values by implicit quantiles, apart from the others so that only IQN's users carry them.

import { flatSize } from "../../space.ts";
import { ImplicitQuantile } from "./implicit-quantile.ts";
import { layeredValues, type ValueKind } from "./value-kind.ts";

/** Implicit quantiles where the settings say so, else as other algorithms. */
export const implicitQuantileValues: ValueKind = {
  ...layeredValues,
  distributions: [...layeredValues.distributions, "implicit-quantile"],
  module: (plan) => {
    const { distribution, dueling, network } = plan.settings;
    if (distribution?.type !== "implicit-quantile") return layeredValues.module(plan);
    const inputs = flatSize(plan.observationSpace);
    return new ImplicitQuantile({ inputs, actions: plan.actions, network, distribution, dueling });
  },
};
