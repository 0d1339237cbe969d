// Models and their targets in files: what a run and a policy hold, files of before, and what is refused.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { type CheckpointReader, CheckpointWriter } from "../../src/formats/checkpoint-part.ts";
import { Targets } from "../../src/nn/model.ts";
import { contentsOf, handOver, readerOf, written } from "../formats/written.ts";
import { blockNumbers } from "./module-contract.ts";
import { drawnModel, placeOn, type SmallModel, smallModel, weightsOf, writeGradients } from "./small-model.ts";

/** A model that made some steps. */
function trained(steps: number = 3, ...given: Parameters<typeof drawnModel>): SmallModel {
  const model = drawnModel(...given);
  for (let step = 0; step < steps; step++) {
    writeGradients(model, step + 1);
    model.descend(0.1);
  }
  return model;
}

const damaged = (what: string, got: string): CheckpointError =>
  new CheckpointError(`load: ${what}, got ${got}. The file is damaged or not what it claims to be.`);

describe("a run", () => {
  test("holds weights, kept arrays, the optimizer's blocks and its numbers under the model's name", () => {
    const writer = written(trained(2));
    const names = writer.tensors.map(({ name }) => name);
    const own = ["0.weight", "0.bias", "2.weight", "2.bias"];
    const both = ["policy.", "value."].flatMap((prefix) => own.map((name) => prefix + name));
    expect(names).toEqual([
      ...both,
      ...own.map((name) => `value.prior.${name}`),
      ...both.map((name) => `optimizer.m.${name}`),
      ...both.map((name) => `optimizer.v.${name}`),
    ]);
    expect(writer.data).toEqual({ optimizers: { "": { beta1Power: 0.9 * 0.9, beta2Power: 0.999 * 0.999 } } });
  });

  test("goes on bit for bit in another model", () => {
    const [whole, first] = [trained(5), trained(3)];
    const again = smallModel();
    handOver(first, again);
    for (const model of [first, again]) {
      for (const gradient of [4, 5]) {
        writeGradients(model, gradient);
        model.descend(0.1);
      }
      expect(contentsOf(model)).toEqual(contentsOf(whole));
    }
  });

  test("reaches the networks that act and those that learn", () => {
    const [device, host] = [new WasmBackend(), new WasmBackend()];
    const model = smallModel(placeOn(device, host));
    handOver(trained(), model);
    expect(blockNumbers(host, model.acting.parameters)).toEqual(weightsOf(trained()));
    expect(weightsOf(model)).toEqual(weightsOf(trained()));
  });

  test("keeps several models apart by their names", () => {
    const place = placeOn();
    const models = ["actor.", "critic."].map((prefix, i) => trained(i + 1, place, { prefix }));
    const writer = new CheckpointWriter("run");
    for (const model of models) model.save(writer);
    expect(Object.keys(writer.data.optimizers as object)).toEqual(["actor.", "critic."]);
    const others = ["actor.", "critic."].map((prefix) => smallModel(placeOn(), { prefix }));
    const reader = readerOf(writer);
    for (const model of others) model.check(reader);
    for (const model of others) model.load(reader);
    expect(others.map((model) => contentsOf(model))).toEqual(models.map((model) => contentsOf(model)));
    expect(others[0].optimizer.scalars()).not.toEqual(others[1].optimizer.scalars());
  });
});

describe("a policy", () => {
  test("holds the weights alone, and leaves the optimizer as it is", () => {
    const writer = written(trained(), "policy");
    expect(writer.tensors).toHaveLength(12);
    expect(writer.data).toEqual({});
    const model = smallModel();
    handOver(trained(), model, "policy");
    expect(weightsOf(model)).toEqual(weightsOf(trained()));
    expect(model.optimizer.scalars()).toEqual({ beta1Power: 1, beta2Power: 1 });
  });
});

describe("files of before models had names", () => {
  const scalars = { beta1Power: 0.5, beta2Power: 0.25 };
  const changed = (data: object): CheckpointReader =>
    readerOf(written(trained()), { data: { optimizers: undefined, ...data } });

  test.each([
    ["an object of an agent with replay", { optimizer: scalars }],
    ["a list of an agent with rollouts", { optimizers: [scalars] }],
  ])("have the optimizer's numbers in %s", (_name, data) => {
    const model = smallModel();
    model.check(changed(data));
    model.load(changed(data));
    expect(model.optimizer.scalars()).toEqual(scalars);
  });

  test.each([
    [{}, "optimizer expected an object", "undefined"],
    [{ optimizers: [] }, "optimizer expected an object", "undefined"],
    [{ optimizers: null }, "optimizer expected an object", "undefined"],
    [{ optimizers: { "critic.": scalars } }, "optimizer expected an object", "undefined"],
    // What every object has is no model of the file.
    [{ optimizers: "toString" }, "optimizer expected an object", "undefined"],
    [{ optimizer: 3 }, "optimizer expected an object", "3"],
    [{ optimizer: { beta1Power: 0.5 } }, "optimizer.beta2Power expected a number", "undefined"],
    [{ optimizers: { "": { ...scalars, beta1Power: "0.5" } } }, "optimizer.beta1Power expected a number", '"0.5"'],
  ])("are refused with %o", (data, what, got) => {
    expect(() => smallModel().check(changed(data))).toThrow(damaged(what, got));
  });
});

describe("what does not fit is refused", () => {
  const reader = (tensors: Record<string, Float32Array | undefined>): CheckpointReader =>
    readerOf(written(trained()), { tensors });

  test.each([
    ["policy.0.weight", new Float32Array(5), "6 numbers", "5"],
    ["value.prior.2.bias", new Float32Array(2), "1 numbers", "2"],
    ["optimizer.v.value.2.weight", undefined, "to be there", "undefined"],
  ])("%s", (name, numbers, expected, got) => {
    const model = trained(1);
    const before = contentsOf(model);
    expect(() => model.check(reader({ [name]: numbers }))).toThrow(damaged(`tensor ${name} expected ${expected}`, got));
    expect(contentsOf(model)).toEqual(before);
  });

  test("before memory is planned, where a model is built for a file", () => {
    const place = { ...placeOn(), file: reader({ "value.0.bias": new Float32Array(4) }) };
    const { bytes } = place.backend;
    expect(() => smallModel(place)).toThrow(damaged("tensor value.0.bias expected 3 numbers", "4"));
    expect(place.backend.bytes).toBe(bytes);
    expect(() => smallModel({ ...placeOn(), file: reader({}) })).not.toThrow();
  });
});

describe("targets", () => {
  /** Targets that lag behind. */
  function lagging(...given: Parameters<typeof drawnModel>) {
    const model = drawnModel(...given);
    const targets = new Targets(model);
    writeGradients(model, 1);
    model.descend(0.1);
    return { model, targets };
  }

  test("are trained arrays under their own name and the model's", () => {
    const names = (targets: Targets<never>): string[] => written(targets).tensors.map(({ name }) => name);
    expect(names(lagging().targets as never)[0]).toBe("target.policy.0.weight");
    expect(names(lagging().targets as never)).toHaveLength(8);
    expect(names(lagging(placeOn(), { prefix: "critic." }).targets as never)[0]).toBe("target.critic.policy.0.weight");
    expect(names(new Targets(drawnModel(), "behind") as never)[0]).toBe("behind.policy.0.weight");
  });

  test("go on where they were in a run, with the model's kept arrays", () => {
    const { model, targets } = lagging();
    const other = drawnModel();
    other.setWeights(model.numbers().map((array) => array.map((_, k) => k)));
    const again = new Targets(other);
    handOver(model, other);
    handOver(targets, again);
    expect(contentsOf(again)).toEqual(contentsOf(targets));
    expect(contentsOf(again)).not.toEqual(contentsOf(new Targets(other)));
    const [{ kept }, { kept: expected }] = [again, targets].map(({ networks }) => networks.value.weights);
    expect(blockNumbers(other.backend, kept)).toEqual(blockNumbers(model.backend, expected));
  });

  test("are copies of the model after a policy, which does not hold them", () => {
    const { model, targets } = lagging();
    expect(written(targets, "policy").tensors).toEqual([]);
    handOver(targets, targets, "policy");
    expect(blockNumbers(model.backend, targets.parameters)).toEqual(weightsOf(model));
  });

  test("are refused where an array has another size", () => {
    const { targets } = lagging();
    const name = "target.value.2.bias";
    const wrong = readerOf(written(targets), { tensors: { [name]: new Float32Array(7) } });
    expect(() => targets.check(wrong)).toThrow(damaged(`tensor ${name} expected 1 numbers`, "7"));
  });
});
