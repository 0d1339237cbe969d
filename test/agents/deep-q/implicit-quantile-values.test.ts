// Values by implicit quantiles where the settings ask for them.

import { expect, test } from "vitest";
import { ImplicitQuantile } from "../../../src/agents/deep-q/implicit-quantile.ts";
import { implicitQuantileValues } from "../../../src/agents/deep-q/implicit-quantile-values.ts";
import { IQN, type IQNOptions } from "../../../src/agents/deep-q/iqn.ts";
import { QuantileHead } from "../../../src/agents/deep-q/quantile-head.ts";
import { layeredValues, type ValuePlan, valuePlan } from "../../../src/agents/deep-q/value-kind.ts";
import { discrete } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";

function planOf(options: IQNOptions): ValuePlan {
  const spaces = { observationSpace: discrete(5), actionSpace: discrete(2) };
  return valuePlan("IQN", spaces, readOptions(IQN.about, spaces, { network: { hidden: [8] }, ...options }));
}

test("the network is that of the settings, over flat observations; its head learns quantiles", () => {
  const plan = planOf({ dueling: true, distribution: { type: "implicit-quantile", quantiles: 6 } });
  const module = implicitQuantileValues.module(plan);
  expect(module).toBeInstanceOf(ImplicitQuantile);
  expect([module.inputs, module.outputs]).toEqual([5, 2 * 6]);
  expect(module.specs.at(-1)).toMatchObject({ name: "values.0.bias", shape: [3] });
  const head = implicitQuantileValues.head(plan);
  expect(head).toBeInstanceOf(QuantileHead);
  expect(head.atoms).toBe(6);
});

test("with another distribution, or none, values are as other algorithms have them", () => {
  for (const distribution of [null, { type: "categorical", atoms: 4 }] as const) {
    const plan = planOf({ distribution });
    expect(implicitQuantileValues.module(plan).specs).toEqual(layeredValues.module(plan).specs);
  }
  expect(implicitQuantileValues.distributions).toEqual(["categorical", "quantile", "implicit-quantile"]);
  expect(implicitQuantileValues.ensembles).toBe(false);
});
