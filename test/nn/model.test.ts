// What is trained: networks in one block, the step of a gradient, copies. Files of models are tested in model-files.test.ts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { DivergenceError } from "../../src/errors.ts";
import { Model, Targets } from "../../src/nn/model.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { Noisy } from "../../src/nn/noisy.ts";
import { tensorOf } from "../conformance/pair.ts";
import { arrayOf, blockNumbers, numbers, stage } from "./module-contract.ts";
import {
  drawnModel,
  placeOn,
  plain,
  type SmallModel,
  smallModel,
  weightsOf,
  withPrior,
  writeGradients,
} from "./small-model.ts";

const OWN = ["0.weight", "0.bias", "2.weight", "2.bias"];
const prefixed = (prefix: string): string[] => OWN.map((name) => prefix + name);
const names = (specs: SmallModel["specs"]): string[] => specs.map(({ name }) => name);

/** Numbers of plain(): 2 x 3 + 3 + 3 + 1. */
const SIZE = 13;

describe("the block", () => {
  test("holds the networks in their order, with their names before the arrays'; kept arrays are beside it", () => {
    const model = smallModel();
    expect(names(model.specs)).toEqual([...prefixed("policy."), ...prefixed("value.")]);
    expect(names(model.keptSpecs)).toEqual(prefixed("value.prior."));
    expect(names(model.specsInFile)).toEqual([...names(model.specs), ...names(model.keptSpecs)]);
    expect(model.networks.value.weights).toMatchObject({ first: 4, firstKept: 0 });
    expect(model.bytes).toBe(4 * 2 * SIZE);
  });

  test("has the names that a plan gives, and a model's own before them in files", () => {
    const model = smallModel(placeOn(), { prefixes: { policy: "", value: "v." }, prefix: "critic." });
    expect(names(model.specs)).toEqual([...OWN, ...prefixed("v.")]);
    expect(names(model.specsInFile)).toEqual([
      ...prefixed("critic."),
      ...prefixed("critic.v."),
      ...prefixed("critic.v.prior."),
    ]);
  });

  test("is drawn network by network from one stream", () => {
    const model = drawnModel();
    const stream = model.backend.random.stream(1, "init");
    const [policy, value] = [plain(), withPrior()].map((module) => {
      const here = stage(model.backend, module, true);
      module.initialize(model.backend, here.weights, stream);
      return here.weights;
    });
    expect(weightsOf(model)).toEqual([
      ...blockNumbers(model.backend, policy.block),
      ...blockNumbers(model.backend, value.block),
    ]);
    const ofPrior = value.kept.specs.map((_, i) => arrayOf(model.backend, value.kept, i));
    const trained = model.specs.map((_, i) => arrayOf(model.backend, model.parameters, i));
    expect(model.numbers()).toEqual([...trained, ...ofPrior]);
  });
});

describe("descend", () => {
  test("adds terms in their order, then clips, then steps with what is left", () => {
    const model = drawnModel(placeOn(), { optimizer: { type: "sgd" }, maxGradientNorm: 1 });
    const before = weightsOf(model);
    writeGradients(model, 1);
    const seen: number[] = [];
    const first = (): number => arrayOf(model.backend, model.gradients, 0)[0];
    model.terms.push({
      add: (given) => {
        expect(given).toBe(model);
        seen.push(first());
        writeGradients(model, 2);
      },
    });
    model.terms.push({ add: () => seen.push(first()) });
    model.descend(0.5);
    expect(seen).toEqual([1, 2]);
    const norm = 2 * Math.sqrt(2 * SIZE);
    for (const [k, weight] of weightsOf(model).entries()) expect(before[k] - weight).toBeCloseTo((0.5 * 2) / norm, 6);
  });

  test("names the norm before clipping and the factor", () => {
    const place = placeOn();
    const model = drawnModel(place);
    writeGradients(model, 2);
    model.descend(0.1);
    const norm = 2 * Math.sqrt(2 * SIZE);
    place.metrics.show(["gradientNorm", "clipFactor"]);
    const { gradientNorm, clipFactor } = place.metrics.record(true);
    expect(gradientNorm).toBeCloseTo(norm, 5);
    expect(clipFactor).toBeCloseTo(1 / norm, 5);
  });

  test("leaves gradients as they are without a largest norm, and knows no norm then", () => {
    const place = placeOn();
    const model = drawnModel(place, { optimizer: { type: "sgd" }, maxGradientNorm: null });
    const before = weightsOf(model);
    writeGradients(model, 8);
    model.descend(0.125);
    for (const [k, weight] of weightsOf(model).entries()) expect(before[k] - weight).toBeCloseTo(1, 5);
    place.metrics.show(["gradientNorm"]);
    expect(place.metrics.record(true)).toEqual({ gradientNorm: Number.NaN });
  });

  test("names its numbers after the model where an agent has several", () => {
    const place = placeOn();
    const [actor, critic] = ["actor.", "critic."].map((prefix) => drawnModel(place, { prefix }));
    for (const [model, gradient] of [
      [actor, 1],
      [critic, 3],
    ] as const) {
      writeGradients(model, gradient);
      model.descend(0.1);
    }
    place.metrics.show(["actor.gradientNorm", "critic.gradientNorm"]);
    const [a, c] = Object.values(place.metrics.record(true));
    expect(c / a).toBeCloseTo(3, 5);
  });

  const ADVICE = "Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint.";
  const where = (what: string): string =>
    `Test: ${what} expected a finite number, got NaN in update 4 (environment step 40). ${ADVICE}`;

  test("makes no step with a learning rate that is no number, such as a schedule", () => {
    const model = drawnModel(placeOn());
    const before = weightsOf(model);
    for (const [rate, got] of [
      [{ type: "linear" }, "Object"],
      [Number.NaN, "NaN"],
      [-0.1, "-0.1"],
    ] as const) {
      expect(() => model.descend(rate as never)).toThrow(
        new TypeError(`descend: learningRate expected a number, got ${got}. Pass the schedule's value.`),
      );
    }
    expect(weightsOf(model)).toEqual(before);
  });

  test("makes no step with a loss that is not finite", () => {
    const place = placeOn();
    const model = drawnModel(place);
    const before = weightsOf(model);
    const loss = tensorOf(model.backend, 1, 1, [Number.NaN]);
    place.metrics.add("loss", loss, 0, "value loss");
    writeGradients(model, 1);
    expect(() => model.descend(0.1)).toThrow(new DivergenceError(where("value loss")));
    expect(weightsOf(model)).toEqual(before);
    expect(model.optimizer.scalars()).toEqual({ beta1Power: 1, beta2Power: 1 });
  });

  test("makes no step with a gradient whose norm is not finite, and says which model's", () => {
    for (const [prefix, what] of [
      ["", "gradient norm"],
      ["critic.", "critic.gradient norm"],
    ]) {
      const model = drawnModel(placeOn(), { prefix });
      const before = weightsOf(model);
      writeGradients(model, Number.NaN);
      expect(() => model.descend(0.1)).toThrow(new DivergenceError(where(what)));
      expect(weightsOf(model)).toEqual(before);
    }
  });

  test("tells of the loss first where both are not finite", () => {
    const place = placeOn();
    const model = drawnModel(place);
    place.metrics.add("loss", tensorOf(model.backend, 1, 1, [Number.NaN]), 0, "loss");
    writeGradients(model, Number.NaN);
    expect(() => model.descend(0.1)).toThrow(new DivergenceError(where("loss")));
  });
});

describe("copies", () => {
  test("are networks on blocks of their own, of zeros", () => {
    const model = drawnModel();
    const { networks, parameters, kept, backend } = model.copy();
    expect(backend).toBe(model.backend);
    expect([...blockNumbers(backend, parameters), ...blockNumbers(backend, kept)].every((x) => x === 0)).toBe(true);
    expect(networks.value.weights).toMatchObject({ block: parameters, first: 4, kept, firstKept: 0 });
    const pass = networks.policy.plan({ rows: 1, x: tensorOf(backend, 1, 2, [1, 2]) });
    expect(Array.from(numbers(backend, pass.forward()))).toEqual([0]);
  });

  test("what acts is what learns where both are on one backend", () => {
    const model = drawnModel();
    expect(model.acting).toBe(model);
  });

  test("what acts elsewhere has the first weights, and keeps them until it is renewed", () => {
    const [device, host] = [new WasmBackend(), new WasmBackend()];
    const model = drawnModel(placeOn(device, host));
    const { acting } = model;
    expect(acting.backend).toBe(host);
    expect(blockNumbers(host, acting.parameters)).toEqual(weightsOf(model));
    expect(blockNumbers(host, acting.kept)).toEqual(blockNumbers(device, model.kept));
    const first = weightsOf(model);
    writeGradients(model, 1);
    model.descend(0.1);
    expect(blockNumbers(host, acting.parameters)).toEqual(first);
    expect(
      model
        .numbers()
        .flatMap((array) => Array.from(array))
        .slice(0, 2 * SIZE),
    ).toEqual(first);
    model.renewActing((block, i) => arrayOf(device, block, i));
    expect(blockNumbers(host, acting.parameters)).toEqual(weightsOf(model));
    expect(weightsOf(model)).not.toEqual(first);
  });
});

describe("setWeights", () => {
  const values = (model: SmallModel): Float32Array[] =>
    model.specsInFile.map(({ shape }, i) => new Float32Array(shape[0] * (shape[1] ?? 1)).fill(i + 1));

  test("writes trained arrays, then kept ones, where it learns and where it acts", () => {
    for (const acting of [undefined, new WasmBackend()]) {
      const model = drawnModel(placeOn(new WasmBackend(), acting));
      model.setWeights(values(model));
      expect(model.numbers().map(([first]) => first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(arrayOf(model.backend, model.parameters, 7)[0]).toBe(8);
      expect(arrayOf(model.backend, model.kept, 3)[0]).toBe(12);
    }
  });

  test("leaves noise of the weights before behind", () => {
    const place = placeOn();
    const noisy = new Noisy(feedForward(2, 1, { ...DEFAULT_NETWORK, hidden: [] }), 0.5);
    const model = new Model(place, { networks: { values: noisy }, optimizer: { type: "sgd" }, maxGradientNorm: null });
    model.initialize(place.backend.random.stream(1, "init"));
    const { values: network } = model.networks;
    network.resample!(place.backend.random.stream(1, "noise"));
    model.setWeights([[1, 10], [100], [5, 5], [5]].map((array) => Float32Array.from(array)));
    const pass = network.plan({ rows: 1, x: tensorOf(place.backend, 1, 2, [1, 2]) });
    expect(Array.from(numbers(place.backend, pass.forward()))).toEqual([121]);
  });
});

describe("targets", () => {
  test("start as the model is, kept arrays included", () => {
    const model = drawnModel();
    const targets = new Targets(model);
    expect(blockNumbers(model.backend, targets.parameters)).toEqual(weightsOf(model));
    const x = tensorOf(model.backend, 1, 2, [1, -2]);
    const [online, target] = [model.networks, targets.networks].map(({ value }) => value.plan({ rows: 1, x }));
    expect(numbers(model.backend, target.forward())).toEqual(numbers(model.backend, online.forward()));
  });

  test("move by tau of the way at every track, and become the model at once with 1 or become", () => {
    const model = drawnModel();
    const targets = new Targets(model);
    const first = weightsOf(model);
    writeGradients(model, 1);
    model.descend(0.5);
    const moved = weightsOf(model);
    targets.track(0.25);
    for (const [k, value] of blockNumbers(model.backend, targets.parameters).entries()) {
      expect(value).toBeCloseTo(first[k] + 0.25 * (moved[k] - first[k]), 6);
    }
    targets.track(1);
    expect(blockNumbers(model.backend, targets.parameters)).toEqual(moved);
    model.setWeights(model.numbers().map((array) => array.map(() => 3)));
    targets.become();
    expect(blockNumbers(model.backend, targets.parameters)).toEqual(moved.map(() => 3));
    const { kept } = targets.networks.value.weights;
    expect(new Set(blockNumbers(model.backend, kept))).toEqual(new Set([3]));
  });
});
