import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { createOptimizer, type OptimizerOptions } from "../../src/nn/optimizer.ts";

const SPECS = [{ name: "w", shape: [1] }] as const;
/** Single steps of float32 arithmetic. */
const DIGITS = 6;

/** The parameter after each of the gradients, from 1, with learning rate 0.1. */
function path(options: OptimizerOptions, gradients: number[], cutAt = -1): number[] {
  const backend = createBackend("test");
  const w = backend.parameters(SPECS);
  const g = backend.parameters(SPECS);
  backend.writeParameter(w, 0, [1]);
  let optimizer = createOptimizer(backend, SPECS, options);
  return gradients.map((gradient, i) => {
    if (i === cutAt) {
      const next = createOptimizer(backend, SPECS, options);
      for (const [name, block] of Object.entries(optimizer.blocks)) backend.vectors.copy(next.blocks[name], block);
      next.loadScalars(optimizer.scalars());
      optimizer = next;
    }
    backend.writeParameter(g, 0, [gradient]);
    optimizer.step(w, g, 0.1);
    return (backend.readParameter(w, 0) as Float32Array)[0];
  });
}

describe("two steps by the definition, gradients 2 and -1", () => {
  const sqrt = Math.sqrt;
  // Adam: m = 0.2, v = 0.004; then m = 0.08, v = 0.004996; bias corrections 0.1 and 0.19, 0.001 and 0.001999.
  const adam1 = 1 - 0.1;
  const adam2 = adam1 - (0.1 * (0.08 / 0.19)) / sqrt(0.004996 / 0.001999);
  // AdamW: the parameter shrinks by 1 - 0.1 x 0.5 first.
  const decay = 1 - 0.1 * 0.5;
  const adamw1 = decay - 0.1;
  const adamw2 = adamw1 * decay - (0.1 * (0.08 / 0.19)) / sqrt(0.004996 / 0.001999);
  // RMSProp, alpha 0.5: v = 2, then 1.5; mean = 1, then 0.
  const cases: [OptimizerOptions, number[]][] = [
    [{ type: "sgd" }, [0.8, 0.9]],
    [{ type: "sgd", momentum: 0.5 }, [0.8, 0.8]],
    [{ type: "adam" }, [adam1, adam2]],
    [{ type: "adamw", weightDecay: 0.5 }, [adamw1, adamw2]],
    [{ type: "rmsprop", alpha: 0.5 }, [1 - 0.2 / sqrt(2), 1 - 0.2 / sqrt(2) + 0.1 / sqrt(1.5)]],
    // Epsilon in the root, v from 1: 0.5 + 2 = 2.5, then 1.75.
    [
      { type: "rmsprop", alpha: 0.5, form: "tensorflow", epsilon: 0.25 },
      [1 - 0.2 / sqrt(2.75), 1 - 0.2 / sqrt(2.75) + 0.1 / sqrt(2)],
    ],
    [{ type: "rmsprop", alpha: 0.5, centered: true }, [1 - 0.2 / sqrt(2 - 1), 1 - 0.2 + 0.1 / sqrt(1.5)]],
  ];
  test.each(cases)("%o", (options, expected) => {
    for (const [i, value] of path(options, [2, -1]).entries()) expect(value).toBeCloseTo(expected[i], DIGITS);
  });
});

describe("RAdam", () => {
  /** The parameter's path by the definition, in float64, from 1 with learning rate 0.1. */
  function definition(gradients: number[], beta1: number, beta2: number, epsilon: number): number[] {
    let [w, m, v] = [1, 0, 0];
    return gradients.map((g, k) => {
      const t = k + 1;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const mean = m / (1 - beta1 ** t);
      const longest = 2 / (1 - beta2) - 1;
      const length = longest - (2 * t * beta2 ** t) / (1 - beta2 ** t);
      const r = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
      const adaptive = Math.sqrt(1 - beta2 ** t) / (Math.sqrt(v) + epsilon);
      w -= 0.1 * mean * (length > 5 ? r * adaptive : 1);
      return w;
    });
  }
  const gradients = Array.from({ length: 60 }, (_, k) => 2 * Math.sin(k) + 0.3 * (k % 7) - 1);

  test.each([
    [0.9, 0.999, 1e-8],
    [0.9, 0.999, 0.1],
    [0.5, 0.9, 1e-3],
    // The longest average is of 4 gradients: no step is ever rectified.
    [0.9, 0.6, 1e-8],
  ])("by the definition, beta1 %f, beta2 %f, epsilon %f", (beta1, beta2, epsilon) => {
    const expected = definition(gradients, beta1, beta2, epsilon);
    const actual = path({ type: "radam", beta1, beta2, epsilon }, gradients);
    for (const [k, value] of actual.entries()) expect(value).toBeCloseTo(expected[k], 5);
  });

  // Constant gradients of any size move Adam by the learning rate a step; RAdam's first five move by it times the gradient.
  test("takes five steps by the first moment, then rectified ones; defaults are the paper's", () => {
    const steps = path({ type: "radam" }, Array(8).fill(3)).map((w, k, all) => (k === 0 ? 1 : all[k - 1]) - w);
    for (const step of steps.slice(0, 5)) expect(step).toBeCloseTo(0.3, DIGITS);
    const rectified = definition(Array(8).fill(3), 0.9, 0.999, 1e-8).map((w, k, all) => (k === 0 ? 1 : all[k - 1]) - w);
    for (const [k, step] of steps.slice(5).entries()) {
      expect(step).toBeLessThan(0.01);
      expect(step).toBeCloseTo(rectified[5 + k], DIGITS);
    }
    expect(steps[6]).toBeGreaterThan(steps[5]);
  });

  test("tells its scalars", () => {
    const backend = createBackend("test");
    const optimizer = createOptimizer(backend, SPECS, { type: "radam", beta1: 0.5, beta2: 0.25 });
    const [w, g] = [backend.parameters(SPECS), backend.parameters(SPECS)];
    for (let t = 0; t < 3; t++) optimizer.step(w, g, 0.1);
    expect(optimizer.scalars()).toEqual({ beta1Power: 1 / 8, beta2Power: 1 / 64, steps: 3 });
  });
});

test.each<OptimizerOptions>([
  { type: "adam" },
  { type: "radam", beta2: 0.9 },
  { type: "adamw" },
  { type: "rmsprop", centered: true },
  { type: "sgd", momentum: 0.9 },
])("%o goes on from its blocks and scalars bit for bit", (options) => {
  const gradients = [1, -2, 0.5, 3, -1, 0.25, 2, -0.5];
  const whole = path(options, gradients);
  for (const cut of [1, 3, 5, 7]) expect(path(options, gradients, cut)).toEqual(whole);
});

test("plain SGD remembers nothing, plain RMSProp no mean", () => {
  const backend = createBackend("test");
  const blocks = (options: OptimizerOptions): string[] => Object.keys(createOptimizer(backend, SPECS, options).blocks);
  expect(blocks({ type: "sgd" })).toEqual([]);
  expect(blocks({ type: "sgd", momentum: 0.9 })).toEqual(["velocity"]);
  expect(blocks({ type: "rmsprop" })).toEqual(["v"]);
  expect(blocks({ type: "rmsprop", centered: true })).toEqual(["v", "mean"]);
  expect(blocks({ type: "adam" })).toEqual(["m", "v"]);
  expect(blocks({ type: "radam" })).toEqual(["m", "v"]);
});
