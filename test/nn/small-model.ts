// Models of two small networks to test with: one plain, one with arrays that are not trained.

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { Metrics } from "../../src/nn/metrics.ts";
import { Model, type ModelPlace, type ModelPlan } from "../../src/nn/model.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { RandomPrior } from "../../src/nn/random-prior.ts";
import type { Sequential } from "../../src/nn/sequential.ts";
import { blockNumbers } from "./module-contract.ts";

const options = { ...DEFAULT_NETWORK, hidden: [3] };
export const plain = (): Sequential => feedForward(2, 1, options);
export const withPrior = (): RandomPrior => new RandomPrior(plain(), plain(), 0.5);

export type SmallModules = { readonly policy: Sequential; readonly value: RandomPrior };
export type SmallModel = Model<SmallModules>;

export function placeOn(backend: Backend = new WasmBackend(), acting: Backend = backend): ModelPlace {
  return { backend, acting, metrics: new Metrics(backend, "Test", { envSteps: 40, updates: 3 }), file: null };
}

export function smallModel(place: ModelPlace = placeOn(), plan: Partial<ModelPlan<SmallModules>> = {}): SmallModel {
  const networks = { policy: plain(), value: withPrior() };
  return new Model(place, { networks, optimizer: { type: "adam" }, maxGradientNorm: 1, ...plan });
}

/** The same with drawn weights. */
export function drawnModel(place?: ModelPlace, plan?: Partial<ModelPlan<SmallModules>>): SmallModel {
  const model = smallModel(place, plan);
  model.initialize(model.acting.backend.random.stream(1, "init"));
  return model;
}

/** Trained numbers of the networks that learn. */
export const weightsOf = (model: SmallModel): number[] => blockNumbers(model.backend, model.parameters);

/** Gradients that a pass would have left. */
export function writeGradients(model: SmallModel, value: number): void {
  for (const [i, { shape }] of model.specs.entries()) {
    const values = new Float32Array(shape[0] * (shape[1] ?? 1)).fill(value);
    model.backend.writeParameter(model.gradients, i, values);
  }
}
