import { expect, test } from "vitest";
import { trainedAgent, type UpdateShape } from "../bench/agents/dqn.bench.ts";
import { RecordingBackend, replayCalls } from "../bench/agents/kernel-calls.ts";
import { WasmBackend } from "../src/backends/wasm/wasm-backend.ts";

const SHAPE: UpdateShape = { inputs: 3, hidden: [10, 9], actions: 2, batchSize: 5 };

test("the recorded calls of an update, made again without the agent, are that update", () => {
  const recording = new RecordingBackend();
  const recorded = trainedAgent(SHAPE, 3, undefined, { backend: () => recording });
  const before = recorded.exportWeights();
  const calls = recording.record(() => recorded.update());
  expect(recorded.exportWeights()).not.toEqual(before);

  const backend = new WasmBackend();
  const other = trainedAgent(SHAPE, 3, undefined, { backend: () => backend });
  expect(other.exportWeights()).toEqual(before);
  replayCalls(backend, calls)();
  expect(other.exportWeights()).toEqual(recorded.exportWeights());
});

test("only calls made while recording are taken down", () => {
  const backend = new RecordingBackend();
  const tensor = backend.tensor(1, 4);
  const stream = backend.random.stream(1, "test");
  backend.random.fillUniform(stream, tensor, 0, 1);
  const calls = backend.record(() => backend.rows.softmax(1, tensor, tensor));
  backend.random.fillUniform(stream, tensor, 0, 1);
  expect(calls.map(({ kernel }) => kernel)).toEqual(["rows_softmax"]);
});

test("other engines are left as they are", () => {
  const { Instance } = WebAssembly;
  new RecordingBackend();
  expect(WebAssembly.Instance).toBe(Instance);
});
