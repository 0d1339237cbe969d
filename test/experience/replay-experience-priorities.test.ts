// Priorities in a checkpoint: they come back to the bit, and no file leads the engine out of its memory.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { createBackend } from "../../src/backends/select.ts";
import { CheckpointError } from "../../src/errors.ts";
import type { Checkpoint } from "../../src/formats/checkpoint.ts";
import type { PriorityType } from "../../src/operations/priorities.ts";
import type { ReplaySpec } from "../../src/operations/replay.ts";
import { createReplay, type Replay, type ReplayChoice } from "../../src/experience/replay.ts";
import { planBatch } from "../../src/experience/replay-buffer.ts";
import { readReplayTensors, replayTensors } from "../../src/training/replay-tensors.ts";

const SPEC: ReplaySpec = { capacity: 7, observationSize: 2, observationStorage: "float32", actionSize: 1 };
const ROWS = 4;

function choice(type: Replay["type"]): ReplayChoice {
  return type === "uniform" ? { type } : { type, alpha: 0.6, epsilon: 1e-6 };
}

/** A replay of 9 transitions in 7 slots, some of which were learned from. */
function learned(backend: Backend, type: Replay["type"]): Replay {
  const replay = createReplay(backend, SPEC, choice(type));
  const action = new Float32Array(1);
  const batch = planBatch(backend, ROWS, 2, 1);
  const absError = backend.tensor(ROWS, 1);
  const stream = backend.random.stream(3, "replay");
  for (let i = 0; i < 9; i++) {
    const observation = Float32Array.of(i, -i);
    replay.add(observation, action, Float64Array.of(i, 0.9), observation);
    replay.sample(stream, ROWS, batch);
    backend.write(absError, [i / 3, 2 * i, 0, 1 + i / 7]);
    replay.updatePriorities(ROWS, batch, absError);
  }
  return replay;
}

function checkpointOf(replay: Replay): Checkpoint {
  return {
    algorithm: "test",
    contents: "run",
    observationSpace: { kind: "discrete", n: 2, start: 0 },
    actionSpace: { kind: "discrete", n: 2, start: 0 },
    counters: { envSteps: 0, updates: 0, episodes: 0 },
    session: {},
    data: { replay: { size: replay.size, position: replay.position } },
    tensors: new Map(replayTensors(replay).map((tensor) => [tensor.name, tensor])),
  };
}

/** What the next samples of a replay are. */
function samples(backend: Backend, replay: Replay): number[] {
  const stream = backend.random.stream(8, "replay");
  const batch = planBatch(backend, ROWS, 2, 1);
  const read: number[] = [];
  for (let round = 0; round < 20; round++) {
    replay.beta = round / 20;
    replay.sample(stream, ROWS, batch);
    for (const tensor of [batch.index, batch.weight, batch.observation]) {
      read.push(...(backend.read(tensor) as Float32Array));
    }
  }
  return read;
}

describe.each<PriorityType>(["proportional", "rank"])("%s priorities in a checkpoint", (type) => {
  test("come back to the bit, and the replay goes on as the saved one would", () => {
    const backend = createBackend("test");
    const saved = learned(backend, type);
    const loaded = createReplay(backend, SPEC, choice(type));
    readReplayTensors(checkpointOf(saved), loaded, 2);
    expect(loaded.priorities()).toEqual(saved.priorities());
    expect(new Set(saved.priorities()?.values).size).toBeGreaterThan(2);
    expect(samples(backend, loaded)).toEqual(samples(backend, saved));
    const row = new Float32Array(2);
    for (const replay of [saved, loaded]) replay.add(row, new Float32Array(1), new Float64Array(2), row);
    expect(loaded.priorities()).toEqual(saved.priorities());
    expect(samples(backend, loaded)).toEqual(samples(backend, saved));
  });

  const rule = type === "rank" ? "of at least 0" : "above 0";
  test.each<[string, string, Float64Array | Float32Array, string]>([
    ["NaN", "priorities", Float64Array.of(1, 1, Number.NaN, 1, 1, 1, 1), `numbers ${rule} and at most 2, got NaN`],
    [
      "infinite",
      "priorities",
      Float64Array.of(1, Number.POSITIVE_INFINITY, 1, 1, 1, 1, 1),
      `${rule} and at most 2, got I`,
    ],
    ["negative", "priorities", Float64Array.of(-1, 1, 1, 1, 1, 1, 1), `numbers ${rule} and at most 2, got -1`],
    [
      "above the maximum",
      "priorities",
      Float64Array.of(1, 1, 1, 1, 1, 1, 2.5),
      `numbers ${rule} and at most 2, got 2.5`,
    ],
    ["too few", "priorities", new Float64Array(6).fill(1), "tensor replay.priorities expected 7 numbers, got 6"],
    [
      "of float32",
      "priorities",
      new Float32Array(7).fill(1),
      'tensor replay.priorities expected Float64Array, got "F32"',
    ],
    ["NaN as maximum", "largestPriority", Float64Array.of(Number.NaN), "a float32 of at least 1, got NaN"],
    ["huge as maximum", "largestPriority", Float64Array.of(1e39), "a float32 of at least 1, got 1e+39"],
    ["small as maximum", "largestPriority", Float64Array.of(0.5), "a float32 of at least 1, got 0.5"],
    ["without maximum", "largestPriority", new Float64Array(0), "expected 1 numbers, got 0"],
  ])("are refused when %s, and nothing changes", (_, name, data, message) => {
    const backend = createBackend("test");
    const checkpoint = checkpointOf(learned(backend, type));
    const tensors = new Map(checkpoint.tensors);
    tensors.set("replay.largestPriority", { dtype: "F64", shape: [1], data: Float64Array.of(2) });
    tensors.set("replay.priorities", { dtype: "F64", shape: [7], data: new Float64Array(7).fill(1) });
    const dtype = data instanceof Float32Array ? "F32" : "F64";
    tensors.set(`replay.${name}`, { dtype, shape: [data.length], data });
    const replay = createReplay(backend, SPEC, choice(type));
    const load = (): void => readReplayTensors({ ...checkpoint, tensors }, replay, 2);
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow(message);
    expect([replay.size, replay.priorities()?.values.length]).toEqual([0, 0]);
  });

  test("are refused when the file has none", () => {
    const backend = createBackend("test");
    const checkpoint = checkpointOf(learned(backend, "uniform"));
    const replay = createReplay(backend, SPEC, choice(type));
    expect(() => readReplayTensors(checkpoint, replay, 2)).toThrow(
      "load: tensor replay.priorities expected to be there, got undefined.",
    );
  });
});

test("a least priority above 0 is one, for ranks 0 too", () => {
  const backend = createBackend("test");
  for (const [type, least] of [
    ["proportional", 5e-324],
    ["rank", 0],
  ] as const) {
    const checkpoint = checkpointOf(learned(backend, type));
    const tensors = new Map(checkpoint.tensors);
    const values = Float64Array.of(1, 1, 1, 1, 1, 1, least);
    tensors.set("replay.largestPriority", { dtype: "F64", shape: [1], data: Float64Array.of(1) });
    tensors.set("replay.priorities", { dtype: "F64", shape: [7], data: values });
    const replay = createReplay(backend, SPEC, choice(type));
    readReplayTensors({ ...checkpoint, tensors }, replay, 2);
    expect(replay.priorities()).toEqual({ values, maximum: 1 });
    expect(samples(backend, replay).every(Number.isFinite)).toBe(true);
  }
});
