import { describe, expect, test } from "vitest";
import {
  blockOffsets,
  restore,
  roundUp,
  store,
  storedSize,
  weightPosition,
} from "../../src/backends/parameter-layout.ts";
import type { ParameterSpec } from "../../src/operations/handles.ts";

const matrix = (outputs: number, inputs: number): ParameterSpec => ({ name: "weight", shape: [outputs, inputs] });
const vector = (length: number): ParameterSpec => ({ name: "bias", shape: [length] });

test("rounds up to a multiple", () => {
  expect([0, 1, 4, 5].map((n) => roundUp(n, 4))).toEqual([0, 4, 4, 8]);
});

test("pads outputs to four, and the block to sixteen floats", () => {
  expect(storedSize(matrix(5, 3))).toBe(24);
  expect(storedSize(vector(5))).toBe(8);
  expect(blockOffsets([matrix(5, 3), vector(5), vector(1)])).toEqual([0, 24, 32, 48]);
  expect(blockOffsets([])).toEqual([0]);
});

test("lies as the drawing shows: panels of eight outputs, inputs outermost, the last panel eight or four wide", () => {
  const stored = (spec: ParameterSpec): number[] => {
    const [outputs, inputs] = spec.shape as [number, number];
    const values = Array.from({ length: outputs * inputs }, (_, k) => 10 * Math.floor(k / inputs) + (k % inputs) + 1);
    const block = new Float32Array(storedSize(spec));
    store(spec, values, block, 0);
    return Array.from(block);
  };
  // Number 10 o + i + 1 stands for W[o, i].
  expect(stored(matrix(9, 2))).toEqual([
    ...[1, 11, 21, 31, 41, 51, 61, 71],
    ...[2, 12, 22, 32, 42, 52, 62, 72],
    ...[81, 0, 0, 0],
    ...[82, 0, 0, 0],
  ]);
  expect(stored(matrix(6, 2))).toEqual([...[1, 11, 21, 31, 41, 51, 0, 0], ...[2, 12, 22, 32, 42, 52, 0, 0]]);
  expect(stored(matrix(3, 2))).toEqual([...[1, 11, 21, 0], ...[2, 12, 22, 0]]);
});

describe.each([1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 33])("of %i outputs", (outputs) => {
  test.each([1, 2, 3, 8, 17])("and %i inputs every weight has a position of its own", (inputs) => {
    const size = storedSize(matrix(outputs, inputs));
    const positions = new Set<number>();
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) positions.add(weightPosition(outputs, inputs, o, i));
    }
    expect(positions.size).toBe(outputs * inputs);
    expect(Math.min(...positions)).toBe(0);
    expect(Math.max(...positions)).toBeLessThan(size);
  });

  test.each([1, 2, 3, 8, 17])("and %i inputs restore gives back what store took, and padding stays 0", (inputs) => {
    const specs = [matrix(outputs, inputs), vector(outputs)];
    const offsets = blockOffsets(specs);
    const block = new Float32Array(offsets[2]);
    const values = specs.map((spec, k) =>
      Float32Array.from({ length: outputs * (spec.shape[1] ?? 1) }, (_, j) => 100 * k + j + 1),
    );
    specs.forEach((spec, k) => {
      store(spec, values[k], block, offsets[k]);
    });
    specs.forEach((spec, k) => {
      expect(restore(spec, block, offsets[k])).toEqual(values[k]);
    });
    expect(block.filter((value) => value !== 0)).toHaveLength(outputs * inputs + outputs);
  });
});
