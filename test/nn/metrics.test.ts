// The numbers of an update by name: what is shown, what must be finite, what a file keeps.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError, DivergenceError } from "../../src/errors.ts";
import { Metrics } from "../../src/nn/metrics.ts";
import { readerOf, written } from "../formats/written.ts";
import { numbers } from "./module-contract.ts";

function named() {
  const backend = new WasmBackend();
  const position = { envSteps: 120, updates: 6 };
  const metrics = new Metrics(backend, "PPO", position);
  const [loss, norm] = [backend.tensor(1, 4), backend.tensor(1, 2)];
  metrics.add("loss", loss, 0, "loss");
  metrics.add("entropy", loss, 2);
  metrics.add("gradientNorm", norm, 0);
  metrics.add("clipFactor", norm, 1);
  backend.write(loss, [1, 2, 3, 4]);
  backend.write(norm, [5, 6]);
  return { backend, metrics, position, loss, norm };
}

describe("what is shown", () => {
  test("are the named numbers in their order, from tensors and from functions", () => {
    const { metrics } = named();
    let rate = 0.5;
    metrics.compute("learningRate", () => rate);
    metrics.compute("doubled", () => 2 * metrics.latest("loss"), true);
    metrics.show(["entropy", "doubled", "learningRate", "loss"]);
    expect(Object.entries(metrics.record(true))).toEqual([
      ["entropy", 3],
      ["doubled", 2],
      ["learningRate", 0.5],
      ["loss", 1],
    ]);
    rate = 0.25;
    expect(metrics.record(true).learningRate).toBe(0.25);
  });

  test("is NaN before the first update where updates write it, also through a function", () => {
    const { metrics } = named();
    metrics.compute("learningRate", () => 0.5);
    metrics.compute("doubled", () => 2 * metrics.latest("loss"), true);
    metrics.show(["loss", "learningRate", "doubled"]);
    expect(metrics.record(false)).toEqual({ loss: Number.NaN, learningRate: 0.5, doubled: Number.NaN });
  });

  test("is what a function says where a tensor has the same name", () => {
    const { metrics } = named();
    metrics.compute("gradientNorm", () => Number.NaN);
    metrics.show(["gradientNorm"]);
    expect(metrics.record(true)).toEqual({ gradientNorm: Number.NaN });
    expect(metrics.latest("gradientNorm")).toBe(5);
  });

  test("is NaN under a name that nobody gave", () => {
    const { metrics } = named();
    metrics.show(["approximateKl"]);
    expect(metrics.record(true)).toEqual({ approximateKl: Number.NaN });
  });
});

test("every tensor is named once to whoever retrieves them", () => {
  const { metrics, loss, norm } = named();
  expect(metrics.tensors).toEqual([loss, norm]);
  expect(metrics.tensors[0]).toBe(loss);
});

describe("what is watched", () => {
  const ADVICE = "Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint.";

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("stops the run at %f", (value) => {
    const { backend, metrics, position, loss } = named();
    metrics.requireFinite();
    backend.write(loss, [value, 0, 0, 0]);
    const message = `PPO: loss expected a finite number, got ${value} in update 7 (environment step 120). ${ADVICE}`;
    expect(() => metrics.requireFinite()).toThrow(new DivergenceError(message));
    position.updates = 7;
    expect(() => metrics.requireFinite()).toThrow("in update 8 (environment step 120)");
  });

  test("are the numbers that were named so, and no others", () => {
    const { backend, metrics, loss, norm } = named();
    backend.write(loss, [1, Number.NaN, Number.NaN, Number.NaN]);
    backend.write(norm, [Number.NaN, Number.NaN]);
    metrics.requireFinite();
    expect(() => metrics.requireFiniteNumber("gradient norm", norm, 1)).toThrow(
      new DivergenceError(
        `PPO: gradient norm expected a finite number, got NaN in update 7 (environment step 120). ${ADVICE}`,
      ),
    );
  });
});

describe("what a file keeps", () => {
  const KEPT = ["loss", "clipFactor", "gradientNorm", "entropy"];

  test("are numbers of several tensors in the order of their list, which go back to where they were", () => {
    const { backend, metrics, loss, norm } = named();
    metrics.keep(KEPT);
    const writer = written(metrics);
    expect(writer.tensors).toEqual([{ name: "metrics", dtype: "F32", shape: [4], data: Float32Array.of(1, 6, 5, 3) }]);
    backend.write(loss, [9, 9, 9, 9]);
    backend.write(norm, [9, 9]);
    const reader = readerOf(writer);
    metrics.check(reader);
    metrics.load(reader);
    // What no file holds begins anew.
    expect(Array.from(numbers(backend, loss))).toEqual([1, 0, 3, 0]);
    expect(Array.from(numbers(backend, norm))).toEqual([5, 6]);
  });

  test("is 0 under a name that no update writes, and goes nowhere", () => {
    const { backend, metrics, loss } = named();
    metrics.keep(["approximateKl", "loss"]);
    const writer = written(metrics);
    expect(writer.tensors[0].data).toEqual(Float32Array.of(0, 1));
    metrics.load(readerOf(writer, { tensors: { metrics: Float32Array.of(7, 8) } }));
    expect(Array.from(numbers(backend, loss))).toEqual([8, 0, 0, 0]);
  });

  test("is part of a run only, and must have as many numbers", () => {
    const { metrics } = named();
    metrics.keep(KEPT);
    expect(written(metrics, "policy").tensors).toEqual([]);
    metrics.check(readerOf(written(metrics, "policy")));
    const writer = written(metrics);
    const message = "load: tensor metrics expected 4 numbers, got 3. The file is damaged or not what it claims to be.";
    expect(() => metrics.check(readerOf(writer, { tensors: { metrics: new Float32Array(3) } }))).toThrow(
      new CheckpointError(message),
    );
  });

  test("is nothing where nothing is named", () => {
    const { metrics } = named();
    const writer = written(metrics);
    expect(writer.tensors).toEqual([]);
    metrics.check(readerOf(writer));
    metrics.load(readerOf(writer));
  });
});
