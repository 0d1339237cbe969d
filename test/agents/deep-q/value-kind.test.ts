// What values are made of by the settings: the module of their networks, and what its outputs mean.

import { describe, expect, test } from "vitest";
import { CategoricalHead } from "../../../src/agents/deep-q/categorical-head.ts";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { MunchausenHead } from "../../../src/agents/deep-q/munchausen-head.ts";
import { QuantileHead } from "../../../src/agents/deep-q/quantile-head.ts";
import { ExpectedHead } from "../../../src/agents/deep-q/value-head.ts";
import {
  deepQ,
  layeredModule,
  layeredValues,
  type ValuePlan,
  valuePlan,
} from "../../../src/agents/deep-q/value-kind.ts";
import { Noisy } from "../../../src/nn/noisy.ts";
import { box, discrete, type Space } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";

function planOf(options: DQNOptions = {}, observationSpace: Space = box(-1, 1, [4])): ValuePlan {
  const spaces = { observationSpace, actionSpace: discrete(2, 7) };
  const settings = readOptions(DQN.about, spaces, { network: { hidden: [8] }, ...options });
  return valuePlan("DQN", spaces, settings);
}

const names = (options: DQNOptions, atoms: number = 1, space?: Space): string[] =>
  layeredModule(planOf(options, space), atoms).specs.map(({ name, shape }) => `${name} ${shape}`);

test("a plan knows how many actions there are, whatever they are counted from", () => {
  expect(planOf()).toMatchObject({ where: "DQN", actions: 2, observationSpace: box(-1, 1, [4]) });
});

describe("networks of layers", () => {
  test("have an output for every action, or several side by side", () => {
    expect(names({}).slice(2)).toEqual(["2.weight 2,8", "2.bias 2"]);
    expect(names({}, 5).slice(2)).toEqual(["2.weight 10,8", "2.bias 10"]);
    expect(layeredModule(planOf({}), 5).outputs).toBe(10);
  });

  test("have one output more for the state's value where they are dueling, before the advantages", () => {
    expect(names({ dueling: true }).slice(2)).toEqual(["2.weight 3,8", "2.bias 3"]);
    expect(names({ dueling: true }, 5).slice(2)).toEqual(["2.weight 15,8", "2.bias 15"]);
    expect(layeredModule(planOf({ dueling: true }), 5).outputs).toBe(10);
  });

  test("have sigmas behind all other arrays where they are noisy", () => {
    const module = layeredModule(planOf({ noisy: { sigma: 0.25 } }), 1);
    expect(module).toBeInstanceOf(Noisy);
    expect(module.specs.map(({ name }) => name).slice(4)).toEqual([
      ...["0.weight_sigma", "0.bias_sigma", "2.weight_sigma", "2.bias_sigma"],
    ]);
  });

  test("see images through convolutions, and refuse what is none", () => {
    const network = { convolution: [{ filters: 3, kernel: 2 }], hidden: [] };
    expect(names({ network }, 1, box(0, 255, [2, 4, 4], "uint8"))).toEqual([
      ...["0.weight 3,8", "0.bias 3", "3.weight 2,27", "3.bias 2"],
    ]);
    expect(() => names({ network })).toThrow(
      "DQN: network.convolution expected observations that are a Box [channels, height, width], got a Box [4].",
    );
  });

  test("see every kind of observation flat", () => {
    expect(names({}, 1, discrete(6))[0]).toBe("0.weight 8,6");
  });
});

describe("heads", () => {
  test.each<[DQNOptions, new (...given: never[]) => unknown, number]>([
    [{}, ExpectedHead, 1],
    [{ munchausen: true }, MunchausenHead, 1],
    [{ distribution: { type: "categorical", atoms: 7 } }, CategoricalHead, 7],
    [{ distribution: { type: "quantile", quantiles: 9 } }, QuantileHead, 9],
  ])("of %o", (options, kind, atoms) => {
    const plan = planOf(options);
    const head = layeredValues.head(plan);
    expect(head).toBeInstanceOf(kind);
    expect(head.atoms).toBe(atoms);
    expect(layeredValues.module(plan).outputs).toBe(2 * atoms);
  });
});

test("what algorithms of the family say of themselves: kinds, limits, and the operations of an update", () => {
  const { actions, complete, learnsFrom, updateFlops } = deepQ(layeredValues);
  expect([actions, learnsFrom]).toEqual([["discrete"], "steps"]);
  const { settings } = planOf({ batchSize: 16 });
  const spaces = { observationSpace: box(-1, 1, [4]), actionSpace: discrete(2) };
  // 8 x weights x batch: 4 x 8 + 8 and 8 x 2 + 2.
  expect(updateFlops("DQN", spaces, settings)).toBe(8 * 16 * (40 + 18));
  const ensemble = { ...settings, ensemble: { members: 3, priorScale: 1 } };
  expect(() => complete("DQN", ensemble, spaces, new Set())).toThrow(
    "DQN: ensemble expected null, got 3 members. Use BootstrappedDQN, which has the network for it.",
  );
  expect(complete("DQN", { ...settings, boltzmann: 1 }, spaces, new Set()).epsilon).toBe(0);
});
