// What compositions are put together with: weights of children, names, and the walk over single layers.

import { expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { layersOf, prefixed, shifted } from "../../src/nn/module.ts";
import { DEFAULT_NETWORK, feedForward } from "../../src/nn/network-options.ts";
import { Noisy } from "../../src/nn/noisy.ts";
import { RandomPrior } from "../../src/nn/random-prior.ts";

test("a child's weights come after those of the children before it, trained and kept", () => {
  const backend = new WasmBackend();
  const [block, kept] = [backend.parameters([]), backend.parameters([])];
  expect(shifted({ block, first: 2, kept, firstKept: 1 }, 4, 3)).toEqual({ block, first: 6, kept, firstKept: 4 });
});

test("a prefix stands before every name, and changes nothing else", () => {
  const specs = [{ name: "weight", shape: [2, 9], fileShape: [2, 1, 3, 3] }] as const;
  expect(prefixed("0.", specs)).toEqual([{ ...specs[0], name: "0.weight" }]);
});

test("the walk over single layers gives each with the place of its first array", () => {
  const module = feedForward(3, 2, { ...DEFAULT_NETWORK, hidden: [4], layerNorm: true });
  expect(layersOf(module).map(({ layer, first }) => [layer.constructor.name, first])).toEqual([
    ["Dense", 0],
    ["LayerNorm", 2],
    ["Activate", 4],
    ["Dense", 4],
  ]);
  const [dense] = module.children;
  expect(layersOf(dense, 7)).toEqual([{ layer: dense, first: 7 }]);
});

test("what has weights of its own beside its layers' is one layer to the walk", () => {
  const module = feedForward(3, 2, DEFAULT_NETWORK);
  for (const whole of [new Noisy(module, 0.5), new RandomPrior(module, module, 1)]) {
    expect(layersOf(whole)).toEqual([{ layer: whole, first: 0 }]);
  }
});
