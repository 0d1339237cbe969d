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
      for (const [name, block] of Object.entries(optimizer.blocks)) backend.copyParameters(next.blocks[name], block);
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
    [{ type: "rmsprop", alpha: 0.5, centered: true }, [1 - 0.2 / sqrt(2 - 1), 1 - 0.2 + 0.1 / sqrt(1.5)]],
  ];
  test.each(cases)("%o", (options, expected) => {
    for (const [i, value] of path(options, [2, -1]).entries()) expect(value).toBeCloseTo(expected[i], DIGITS);
  });
});

test.each<OptimizerOptions>([
  { type: "adam" },
  { type: "adamw" },
  { type: "rmsprop", centered: true },
  { type: "sgd", momentum: 0.9 },
])("%o goes on from its blocks and scalars bit for bit", (options) => {
  const gradients = [1, -2, 0.5, 3, -1, 0.25];
  const whole = path(options, gradients);
  for (const cut of [1, 3, 5]) expect(path(options, gradients, cut)).toEqual(whole);
});

test("plain SGD remembers nothing, plain RMSProp no mean", () => {
  const backend = createBackend("test");
  const blocks = (options: OptimizerOptions): string[] => Object.keys(createOptimizer(backend, SPECS, options).blocks);
  expect(blocks({ type: "sgd" })).toEqual([]);
  expect(blocks({ type: "sgd", momentum: 0.9 })).toEqual(["velocity"]);
  expect(blocks({ type: "rmsprop" })).toEqual(["v"]);
  expect(blocks({ type: "rmsprop", centered: true })).toEqual(["v", "mean"]);
  expect(blocks({ type: "adam" })).toEqual(["m", "v"]);
});
