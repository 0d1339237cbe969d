// Options of every algorithm that trains networks.

import { expect, test } from "vitest";
import { type LearningOptions, type LearningSettings, learningFields } from "../../src/agents/learning-options.ts";
import { DEFAULT_NETWORK } from "../../src/nn/network-options.ts";
import { discrete } from "../../src/space.ts";
import { readOptions } from "../../src/training/options.ts";

const FIELDS = learningFields({
  discount: 0.9,
  learningRate: 1e-3,
  maxGradientNorm: null,
  optimizer: { type: "adam", epsilon: 1e-5 },
  network: { hidden: [7], activation: "tanh" },
});
const presets = { wide: { source: "made up", options: { network: { hidden: [100] } } } };
const SPACES = { observationSpace: discrete(2), actionSpace: discrete(2) };
const read = (given: LearningOptions): LearningSettings =>
  readOptions({ name: "Probe", fields: FIELDS, presets }, SPACES, given);

test("defaults are the algorithm's, and the network's beside them", () => {
  expect(read({})).toEqual({
    discount: 0.9,
    learningRate: 1e-3,
    maxGradientNorm: null,
    optimizer: { type: "adam", epsilon: 1e-5 },
    network: { ...DEFAULT_NETWORK, hidden: [7], activation: "tanh" },
    rescaleObservations: false,
  });
});

test("parts of a network lie over those of the layers below", () => {
  expect(read({ preset: "wide", network: { layerNorm: true } }).network).toEqual({
    ...DEFAULT_NETWORK,
    ...{ hidden: [100], activation: "tanh", layerNorm: true },
  });
});

test("an optimizer takes the place of the one below: settings of another one have no meaning for it", () => {
  expect(read({ optimizer: "sgd" }).optimizer).toEqual({ type: "sgd" });
  expect(read({ optimizer: { type: "adam" } }).optimizer).toEqual({ type: "adam" });
});

test("null is no clipping", () => {
  expect(read({ maxGradientNorm: 0.5 }).maxGradientNorm).toBe(0.5);
  expect(read({ maxGradientNorm: null }).maxGradientNorm).toBe(null);
});

test.each<[object, string]>([
  [{ discount: 1.1 }, "Probe: discount expected a number at least 0 and at most 1, got 1.1. It is gamma."],
  [{ learningRate: -1 }, "Probe: learningRate expected a number at least 0, got -1."],
  [{ maxGradientNorm: 0 }, "Probe: maxGradientNorm expected a number above 0, got 0. Use null for no clipping."],
  [{ optimizer: "adagrad" }, "Probe: optimizer.type expected one of adam, adamw, radam, rmsprop, sgd, got"],
  [{ optimizer: { type: "sgd", beta1: 0.9 } }, 'Probe: optimizer: option expected a known name, got "beta1".'],
  [{ network: { hidden: 64 } }, "Probe: network.hidden expected a list of layer widths, got 64."],
  [{ network: { layers: [64] } }, 'Probe: network: option expected a known name, got "layers".'],
  [{ rescaleObservations: 1 }, "Probe: rescaleObservations expected true or false, got 1."],
])("%o is refused", (given, message) => {
  expect(() => read(given as LearningOptions)).toThrow(message);
});
