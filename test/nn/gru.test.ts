// How a layer of gated recurrent units starts, and that it is a part of a larger block where it is told so.

import { describe, expect, test } from "vitest";
import { Gru } from "../../src/nn/gru.ts";
import { BACKENDS } from "../conformance/backends.ts";
import { now } from "../conformance/compare.ts";
import { tensorOf } from "../conformance/pair.ts";

describe.each(BACKENDS)("on $name", ({ create }) => {
  test("starts as torch.nn.GRU does: everything uniform within 1 / sqrt(units)", () => {
    const backend = create();
    const layer = new Gru(backend, 3, 16);
    layer.initialize(backend.random.stream(1, "init"), "pytorch-linear");
    for (const [i] of layer.specs.entries()) {
      const values = now(backend.readParameter(layer.parameters, i));
      const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // The largest of 48 uniform numbers or more is below 80 % of their bound with a probability of 2e-5.
      expect(largest).toBeGreaterThan(0.8 / 4);
      expect(largest).toBeLessThanOrEqual(1 / 4);
    }
  });

  test("starts with orthonormal columns and no bias where that is asked for", () => {
    const backend = create();
    const layer = new Gru(backend, 3, 4);
    layer.initialize(backend.random.stream(1, "init"), "orthogonal");
    const weight = now(backend.readParameter(layer.parameters, 1));
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        let dot = 0;
        for (let k = 0; k < 12; k++) dot += weight[k * 4 + a] * weight[k * 4 + b];
        expect(dot).toBeCloseTo(a === b ? 1 : 0, 5);
      }
    }
    expect(Array.from(now(backend.readParameter(layer.parameters, 3)))).toEqual(new Array(12).fill(0));
  });

  test("computes the same as a part of a larger block, and leaves its neighbours alone", () => {
    const backend = create();
    const alone = new Gru(backend, 2, 3);
    alone.initialize(backend.random.stream(2, "init"), "pytorch-linear");
    const neighbour = { name: "neighbour", shape: [4] } as const;
    const specs = [neighbour, ...alone.specs, neighbour];
    const block = backend.parameters(specs);
    const part = new Gru(backend, 2, 3, { parameters: block, firstSpec: 1, prefix: "memory." });
    expect(part.specs[0].name).toBe("memory.weight_ih_l0");
    part.initialize(backend.random.stream(2, "init"), "pytorch-linear");
    const gradients = backend.parameters(specs);
    const ofAlone = backend.parameters(alone.specs);
    const run = (layer: Gru, into: typeof gradients): number[][] => {
      const x = tensorOf(backend, 4, 2, [1, 2, -1, 0.5, 0.25, -2, 1, 1]);
      const space = layer.workspace(4, 2);
      const states = Array.from(now(backend.read(layer.forward(x, space, 2, 2))));
      const dx = backend.tensor(4, 2);
      layer.backward(x, space, tensorOf(backend, 4, 3, new Float32Array(12).fill(1)), into, 2, 2, dx);
      return [states, Array.from(now(backend.read(dx)))];
    };
    expect(run(part, gradients)).toEqual(run(alone, ofAlone));
    for (const [i] of alone.specs.entries()) {
      expect(backend.readParameter(gradients, i + 1)).toEqual(backend.readParameter(ofAlone, i));
    }
    for (const i of [0, 5]) {
      expect(Array.from(now(backend.readParameter(gradients, i)))).toEqual([0, 0, 0, 0]);
      expect(Array.from(now(backend.readParameter(block, i)))).toEqual([0, 0, 0, 0]);
    }
  });
});
