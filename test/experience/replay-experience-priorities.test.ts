// Priorities in a run's file: they come back to the bit, and no file leads the engine out of its memory.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import type { ReplayExperience, ReplayPlan } from "../../src/experience/replay-experience.ts";
import type { CheckpointReader } from "../../src/formats/checkpoint-part.ts";
import type { PriorityType } from "../../src/operations/priorities.ts";
import { contentsOf, handOver, readerOf, written } from "../formats/written.ts";
import { CAPACITY, smallReplay } from "./small-replay.ts";
import { stepOf } from "./step-rows.ts";

const ROWS = 4;

const choice = (type: ReplayPlan["replay"]["type"]): ReplayPlan["replay"] =>
  type === "uniform" ? { type } : { type, alpha: 0.6, epsilon: 1e-6 };

/** A replay of 9 transitions in 7 slots, some of which were learned from. */
function learned(backend: Backend, type: ReplayPlan["replay"]["type"]): ReplayExperience {
  const replay = smallReplay({ replay: choice(type) }, backend);
  const batch = replay.planBatch(ROWS);
  const absError = backend.tensor(ROWS, 1);
  const stream = backend.random.stream(3, "replay");
  for (let i = 0; i < 9; i++) {
    replay.add(stepOf([{ observation: [i, -i], next: [i, -i], reward: i }]));
    replay.sample(stream, batch);
    backend.write(absError, [i / 3, 2 * i, 0, 1 + i / 7]);
    replay.updatePriorities(batch, absError);
  }
  return replay;
}

const fresh = (backend: Backend, type: PriorityType): ReplayExperience =>
  smallReplay({ replay: choice(type) }, backend);

/** The file of a learned replay with priorities put in. */
function changed(type: PriorityType, tensors: Record<string, Float64Array | Float32Array>): CheckpointReader {
  const put = Object.fromEntries(Object.entries(tensors).map(([name, numbers]) => [`replay.${name}`, numbers]));
  return readerOf(written(learned(new WasmBackend(), type)), { tensors: put });
}

/** What the next samples of a replay are. */
function samples(backend: Backend, replay: ReplayExperience): number[] {
  const stream = backend.random.stream(8, "replay");
  const batch = replay.planBatch(ROWS);
  const read: number[] = [];
  for (let round = 0; round < 20; round++) {
    replay.beta = round / 20;
    replay.sample(stream, batch);
    for (const tensor of [batch.index, batch.weight, batch.observation]) {
      read.push(...(backend.read(tensor) as Float32Array));
    }
  }
  return read;
}

describe.each<PriorityType>(["proportional", "rank"])("%s priorities in a checkpoint", (type) => {
  test("come back to the bit, and the replay goes on as the saved one would", () => {
    const backend = new WasmBackend();
    const saved = learned(backend, type);
    const loaded = fresh(backend, type);
    handOver(saved, loaded);
    expect(contentsOf(loaded)).toEqual(contentsOf(saved));
    expect(new Set(contentsOf(saved)["replay.priorities"] as number[]).size).toBeGreaterThan(2);
    expect(samples(backend, loaded)).toEqual(samples(backend, saved));
    for (const replay of [saved, loaded]) replay.add(stepOf([{ observation: [0, 0], next: [0, 0] }]));
    expect(contentsOf(loaded)).toEqual(contentsOf(saved));
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
    const reader = changed(type, {
      largestPriority: Float64Array.of(2),
      priorities: new Float64Array(CAPACITY).fill(1),
      [name]: data,
    });
    const replay = fresh(new WasmBackend(), type);
    expect(() => replay.check(reader)).toThrow(CheckpointError);
    expect(() => replay.check(reader)).toThrow(message);
    expect(replay.size).toBe(0);
  });

  test("are refused when the file has none", () => {
    const reader = readerOf(written(learned(new WasmBackend(), "uniform")));
    expect(() => fresh(new WasmBackend(), type).check(reader)).toThrow(
      "load: tensor replay.priorities expected to be there, got undefined.",
    );
  });
});

test("a least priority above 0 is one, for ranks 0 too", () => {
  const backend = new WasmBackend();
  for (const [type, least] of [
    ["proportional", 5e-324],
    ["rank", 0],
  ] as const) {
    const priorities = Float64Array.of(1, 1, 1, 1, 1, 1, least);
    const reader = changed(type, { largestPriority: Float64Array.of(1), priorities });
    const replay = fresh(backend, type);
    replay.check(reader);
    replay.load(reader);
    expect(contentsOf(replay)).toMatchObject({
      "replay.priorities": Array.from(priorities),
      "replay.largestPriority": [1],
    });
    expect(samples(backend, replay).every(Number.isFinite)).toBe(true);
  }
});

test("what is drawn is drawn by them, with the weights of the set beta", () => {
  const backend = new WasmBackend();
  const replay = learned(backend, "proportional");
  const batch = replay.planBatch(64);
  replay.beta = 1;
  expect(replay.beta).toBe(1);
  replay.sample(backend.random.stream(1, "replay"), batch);
  const [weights, slots] = [batch.weight, batch.index].map((tensor) => backend.read(tensor) as Float32Array);
  expect(new Set(weights).size).toBeGreaterThan(2);
  expect(Math.max(...slots)).toBeLessThan(CAPACITY);
  replay.beta = 0;
  replay.sample(backend.random.stream(1, "replay"), batch);
  expect(new Set(backend.read(batch.weight) as Float32Array)).toEqual(new Set([1]));
});
