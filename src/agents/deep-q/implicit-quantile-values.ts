// Values by implicit quantiles. A file of its own, so that only IQN's users carry the code.

import { flatSize } from "../../space.ts";
import { ImplicitQuantile } from "./implicit-quantile.ts";
import { layeredValues, type ValueKind } from "./value-kind.ts";

/** Implicit quantiles if the settings have them; otherwise the usual layers. */
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
