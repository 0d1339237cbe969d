// The product does not depend on how rows are cut into tiles, nor on which tiles a runtime prefers: every row of a batch
// has the bits that it has alone. For the strict engine the reference backend says so too (test/conformance), in one form.

import { setFlagsFromString } from "node:v8";
import relaxed from "bellwether/relaxed";
import { beforeEach, describe, expect, test, vi } from "vitest";
import strict from "#engine";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { TileForm, tileForm } from "../../src/engine/compiler.ts";
import { supportsEngine } from "../../src/engine/engine.ts";
import { Pcg64 } from "../../src/engine/random.ts";

vi.mock("../../src/engine/compiler.ts", async (original) => ({
  ...(await original<object>()),
  tileForm: vi.fn(),
}));

// What later versions of Node have anyway.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Every remainder of tiles of 6, 5 and 4 rows; sums and columns with and without tails. */
const ROWS = Array.from({ length: 43 }, (_, i) => i + 1);
const SHAPES = [
  { inputs: 1, outputs: 8 },
  { inputs: 7, outputs: 12 },
  { inputs: 66, outputs: 20 },
] as const;
/** Of a sum of 66 products of numbers below 1, with a bias: each rounds by at most 2^-24 of at most 67. */
const SUM_TOLERANCE = 67 * 67 * 2 ** -24;

describe.each(
  Object.entries(TileForm).flatMap(([tiles, form]) => [
    { name: "strict", tiles, form, binary: strict },
    { name: "relaxed", tiles, form, binary: relaxed },
  ]),
)("a product of the $name engine in tiles of the form $tiles", ({ name, form, binary }) => {
  beforeEach(() => {
    vi.mocked(tileForm).mockReturnValue(form);
  });

  test("is that engine's", () => {
    expect(supportsEngine(binary)).toBe(true);
    expect(new WasmBackend(binary).engine.name).toBe(name);
  });

  test.each(SHAPES)("has in every row the bits of that row alone, $inputs to $outputs", ({ inputs, outputs }) => {
    const random = new Pcg64(inputs);
    const numbers = (count: number): Float32Array =>
      Float32Array.from({ length: count }, () => 2 * random.random() - 1);
    const [x, weight, bias] = [numbers(ROWS.length * inputs), numbers(outputs * inputs), numbers(outputs)];
    const product = (rows: number, of: Float32Array): Float32Array => {
      const backend = new WasmBackend(binary);
      const parameters = backend.parameters([
        { name: "weight", shape: [outputs, inputs] },
        { name: "bias", shape: [outputs] },
      ]);
      backend.writeParameter(parameters, 0, weight);
      backend.writeParameter(parameters, 1, bias);
      const [input, output] = [backend.tensor(rows, inputs), backend.tensor(rows, outputs)];
      backend.write(input, of);
      backend.layers.denseForward(rows, input, parameters, 0, 1, "identity", output, null);
      return (backend.read(output) as Float32Array).slice();
    };
    const rowOf = (b: number): Float32Array => x.slice(b * inputs, (b + 1) * inputs);
    const alone = ROWS.map((_, b) => product(1, rowOf(b)));
    for (const [b, row] of alone.entries()) {
      for (const [o, value] of row.entries()) {
        const exact = rowOf(b).reduce((sum, number, i) => sum + number * weight[o * inputs + i], bias[o]);
        expect(Math.abs(value - exact)).toBeLessThan(SUM_TOLERANCE);
      }
    }
    for (const rows of ROWS) {
      const together = product(rows, x.slice(0, rows * inputs));
      for (let b = 0; b < rows; b++) {
        expect(together.slice(b * outputs, (b + 1) * outputs), `row ${b} of ${rows}`).toEqual(alone[b]);
      }
    }
  });
});
