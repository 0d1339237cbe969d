import { expect, test } from "vitest";
import { ReferenceBackend } from "../../../src/backends/reference/reference-backend.ts";

test("counts the bytes of all that it planned", () => {
  const backend = new ReferenceBackend();
  backend.tensor(3, 5);
  expect(backend.bytes).toBe(60);
  backend.parameters([
    { name: "weight", shape: [5, 2] },
    { name: "bias", shape: [5] },
  ]);
  // 8 x 2 + 8 floats, padded to 32.
  expect(backend.bytes).toBe(60 + 128);
  backend.random.stream(1, "replay");
  expect(backend.bytes).toBe(60 + 128 + 16);
  const spec = { capacity: 10, observationSize: 4, observationStorage: "uint8", actionSize: 1 } as const;
  expect(backend.replay.plan(spec).bytes).toBe(10 * (4 + 4 + 4 + 4 + 4));
  expect(backend.bytes).toBe(60 + 128 + 16 + 200);
});

test("gives copies, never its own memory", () => {
  const backend = new ReferenceBackend();
  const tensor = backend.tensor(1, 2);
  backend.read(tensor).fill(9);
  expect(backend.read(tensor)).toEqual(Float32Array.of(0, 0));
  const parameters = backend.parameters([{ name: "bias", shape: [2] }]);
  backend.readParameter(parameters, 0).fill(9);
  expect(backend.readParameter(parameters, 0)).toEqual(Float32Array.of(0, 0));
  const stream = backend.random.stream(1, "replay");
  const state = backend.random.read(stream);
  backend.random.read(stream).fill(0);
  expect(backend.random.read(stream)).toEqual(state);
});

test("leaves the padding of a parameter block 0, which the sums over a block rely on", () => {
  const backend = new ReferenceBackend();
  const specs = [
    { name: "weight", shape: [5, 3] },
    { name: "bias", shape: [5] },
  ] as const;
  const gradients = backend.parameters(specs);
  const [parameters, x, dy, norm] = [
    backend.parameters(specs),
    backend.tensor(2, 3),
    backend.tensor(2, 5),
    backend.tensor(1, 2),
  ];
  backend.write(x, [1, 1, 1, 1, 1, 1]);
  backend.write(dy, Array(10).fill(0.5));
  backend.layers.denseBackward(2, x, dy, null, dy, parameters, 0, 1, "identity", gradients, null);
  backend.vectors.clipNorm(gradients, 100, norm);
  // 15 weights and 5 biases, each 1.
  expect(backend.read(norm)[0]).toBe(Math.fround(Math.sqrt(20)));
});
