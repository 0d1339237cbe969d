import { describe, expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { HIDDEN_GAIN, INITIALIZERS, type Initializer, initialize } from "../../src/nn/initializer.ts";

const SEED = 3;

function draw(initializer: Initializer, inputs: number, outputs: number, isOutput = false, fanOut = outputs) {
  const backend = createBackend("test");
  const gain = isOutput ? 1 : HIDDEN_GAIN;
  return initialize(backend, backend.random.stream(SEED, "init"), initializer, { inputs, outputs, fanOut }, gain);
}

/** The mean of m uniform draws in +-bound has deviation bound / sqrt(3 m); their mean square has bound^2 sqrt(4 / 45 / m). */
function expectUniform(values: Float32Array, bound: number): void {
  const m = values.length;
  expect(values.every((x) => Math.abs(x) <= Math.fround(bound))).toBe(true);
  const mean = values.reduce((a, b) => a + b, 0) / m;
  const square = values.reduce((a, b) => a + b * b, 0) / m;
  expect(Math.abs(mean), `seed ${SEED}`).toBeLessThan((4.5 * bound) / Math.sqrt(3 * m));
  expect(Math.abs(square - bound ** 2 / 3), `seed ${SEED}`).toBeLessThan(4.5 * bound ** 2 * Math.sqrt(4 / 45 / m));
}

test("pytorch-linear: weights and bias uniform within 1 / sqrt(inputs)", () => {
  const { weight, bias } = draw("pytorch-linear", 25, 400);
  expectUniform(weight, 0.2);
  expectUniform(bias, 0.2);
});

test("kaiming-uniform: within sqrt(6 / inputs), no bias", () => {
  const { weight, bias } = draw("kaiming-uniform", 24, 100);
  expectUniform(weight, 0.5);
  expect(bias.every((x) => x === 0)).toBe(true);
});

test("xavier-uniform: within sqrt(6 / (inputs + outputs)), no bias", () => {
  const { weight, bias } = draw("xavier-uniform", 20, 76);
  expectUniform(weight, 0.25);
  expect(bias.every((x) => x === 0)).toBe(true);
});

test("xavier-uniform of a convolution: one input reaches filters x kernel^2 numbers", () => {
  const { weight } = draw("xavier-uniform", 20, 40, false, 76);
  expect(weight).toHaveLength(800);
  expectUniform(weight, 0.25);
});

describe("orthogonal", () => {
  /** Float32 rounding of numbers below 2, summed over 30. */
  const PRECISION = 5;
  test.each([
    [8, 30, false, 2],
    [30, 8, false, 2],
    [12, 12, true, 1],
    [1, 5, true, 1],
  ])(
    "%i outputs, %i inputs (last layer: %s): products are %d times the identity",
    (outputs, inputs, isOutput, gain2) => {
      const { weight, bias } = draw("orthogonal", inputs, outputs, isOutput);
      const count = Math.min(inputs, outputs);
      const length = Math.max(inputs, outputs);
      const at = (vector: number, i: number): number =>
        outputs <= inputs ? weight[vector * inputs + i] : weight[i * inputs + vector];
      for (let a = 0; a < count; a++) {
        for (let b = 0; b <= a; b++) {
          let dot = 0;
          for (let i = 0; i < length; i++) dot += at(a, i) * at(b, i);
          expect(dot).toBeCloseTo(a === b ? gain2 : 0, PRECISION);
        }
      }
      expect(bias.every((x) => x === 0)).toBe(true);
    },
  );
});

test.each(INITIALIZERS)("%s is a function of the stream", (initializer) => {
  expect(draw(initializer, 7, 5)).toEqual(draw(initializer, 7, 5));
});
