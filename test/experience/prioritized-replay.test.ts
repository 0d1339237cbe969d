// The host face of prioritized replay, on the default backend and on the reference.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import {
  PRIORITIZED_DEFAULTS,
  PrioritizedReplay,
  type PrioritizedReplayOptions,
  readPrioritizedOptions,
} from "../../src/experience/prioritized-replay.ts";
import type { Replay } from "../../src/experience/replay.ts";
import { planBatch, ReplayBuffer } from "../../src/experience/replay-buffer.ts";
import type { Batch } from "../../src/operations/handles.ts";
import type { PriorityType } from "../../src/operations/priorities.ts";
import type { ReplaySpec } from "../../src/operations/replay.ts";
import { BACKENDS } from "../conformance/backends.ts";
import { now } from "../conformance/compare.ts";

const TYPES: readonly PriorityType[] = ["proportional", "rank"];
const SPEC: ReplaySpec = { capacity: 5, observationSize: 3, observationStorage: "float32", actionSize: 1 };

function add(replay: Replay, first: number, count: number): void {
  for (let i = first; i < first + count; i++) {
    const [observation, next] = [Float32Array.of(i, i + 0.25, i + 0.5), Float32Array.of(i + 1, 0, -i)];
    replay.add(observation, Float32Array.of(i % 2), Float64Array.of(10 * i, 0.5), next);
  }
}

function learn(
  backend: Backend,
  replay: Replay,
  batch: Batch,
  slots: readonly number[],
  errors: readonly number[],
): void {
  backend.write(batch.index, slots);
  const absError = backend.tensor(errors.length, 1);
  backend.write(absError, errors);
  replay.updatePriorities(errors.length, batch, absError);
}

describe.each(BACKENDS)("on the $name backend", ({ create }) => {
  test.each(TYPES)("%s replay fills a batch with the transitions of the slots it names", (type) => {
    const backend = create();
    const replay = new PrioritizedReplay(backend, SPEC, { type });
    add(replay, 0, 7);
    expect([replay.type, replay.size, replay.position, replay.capacity]).toEqual([type, 5, 2, 5]);
    const batch = planBatch(backend, 16, 3, 1);
    replay.sample(backend.random.stream(1, "replay"), 16, batch);
    const [index, reward, observation, next, action, discount] = [
      batch.index,
      batch.reward,
      batch.observation,
      batch.nextObservation,
      batch.action,
      batch.discount,
    ].map((tensor) => now(backend.read(tensor)));
    for (let row = 0; row < 16; row++) {
      const i = index[row] < 2 ? index[row] + 5 : index[row];
      expect([reward[row], observation[3 * row + 1], next[3 * row + 2], action[row], discount[row]]).toEqual([
        10 * i,
        i + 0.25,
        -i,
        i % 2,
        0.5,
      ]);
    }
    expect(new Set(index).size).toBeGreaterThan(2);
  });

  test.each(TYPES)("%s replay gives a new transition the largest priority that any ever had, at first 1", (type) => {
    const backend = create();
    const replay = new PrioritizedReplay(backend, { ...SPEC, capacity: 3 }, { type, alpha: 1, epsilon: 0.5 });
    const offset = type === "rank" ? 0 : 0.5;
    const batch = planBatch(backend, 4, 3, 1);
    add(replay, 0, 3);
    expect(replay.priorities()).toEqual({ values: Float64Array.of(1, 1, 1), maximum: 1 });
    learn(backend, replay, batch, [0, 1], [4, 0.25]);
    add(replay, 3, 1);
    expect(replay.priorities()?.values).toEqual(Float64Array.of(4 + offset, 0.25 + offset, 1));
    // Slot 0 loses the error that was the largest; what comes then gets it all the same.
    learn(backend, replay, batch, [0], [0]);
    add(replay, 4, 1);
    expect(replay.priorities()).toEqual({ values: Float64Array.of(offset, 4 + offset, 1), maximum: 4 + offset });
  });

  test.each(TYPES)("%s replay goes on after a restore as it would have", (type) => {
    const backend = create();
    const options = { type, alpha: 0.7 };
    const replay = new PrioritizedReplay(backend, SPEC, options);
    const batch = planBatch(backend, 8, 3, 1);
    add(replay, 0, 7);
    learn(backend, replay, batch, [3, 1, 4], [2.5, 0, 0.125]);
    const other = new PrioritizedReplay(backend, SPEC, options);
    add(other, 0, 2);
    other.restore(replay.contents(), replay.position, replay.priorities());
    expect(other.contents()).toEqual(replay.contents());
    expect(other.priorities()).toEqual(replay.priorities());
    const draws = (one: Replay): unknown => {
      const stream = backend.random.stream(4, "replay");
      return [0, 0.4, 1].map((beta) => {
        one.beta = beta;
        one.sample(stream, 8, batch);
        add(one, 9, 1);
        return [batch.index, batch.weight, batch.reward].map((tensor) => now(backend.read(tensor)));
      });
    };
    expect(draws(other)).toEqual(draws(replay));
  });

  test.each(TYPES)("%s replay takes contents without priorities for new transitions", (type) => {
    const backend = create();
    const uniform = new ReplayBuffer(backend, SPEC);
    add(uniform, 0, 4);
    const replay = new PrioritizedReplay(backend, SPEC, { type });
    add(replay, 0, 1);
    learn(backend, replay, planBatch(backend, 1, 3, 1), [0], [7]);
    replay.restore(uniform.contents(), uniform.position);
    expect([replay.size, replay.position]).toEqual([4, 4]);
    expect(replay.priorities()).toEqual({ values: Float64Array.of(1, 1, 1, 1), maximum: 1 });
  });

  test.each(TYPES)("%s replay refuses an error that is none, and changes nothing", (type) => {
    const backend = create();
    const replay = new PrioritizedReplay(backend, SPEC, { type });
    const batch = planBatch(backend, 3, 3, 1);
    add(replay, 0, 3);
    const before = replay.priorities();
    for (const [error, text] of [
      [Number.NaN, "NaN"],
      [Number.NEGATIVE_INFINITY, "-Infinity"],
      [Number.POSITIVE_INFINITY, "Infinity"],
      [-0.5, "-0.5"],
    ] as const) {
      expect(() => learn(backend, replay, batch, [0, 1, 2], [5, error, 1])).toThrow(
        new RangeError(
          `replay: absError expected finite numbers of at least 0, got ${text} in row 1. Pass |q - target|, and look for what made it so.`,
        ),
      );
      expect(replay.priorities()).toEqual(before);
    }
  });

  test.each(TYPES)("%s replay counts its priorities among the bytes planned", (type) => {
    const backend = create();
    const before = backend.bytes;
    const replay = new PrioritizedReplay(backend, { ...SPEC, capacity: 1000 }, { type });
    expect(replay.bytes).toBeGreaterThan(replay.memory.bytes + 8 * 1000);
    // Blocks may be padded.
    expect(Math.abs(backend.bytes - before - replay.bytes)).toBeLessThan(128);
  });
});

describe("a large error", () => {
  test.each(TYPES)("is seen more often than a small one, and weighs less (%s)", (type) => {
    const backend = new WasmBackend();
    const replay = new PrioritizedReplay(backend, SPEC, { type, beta: 1 });
    const rows = 1000;
    const batch = planBatch(backend, rows, 3, 1);
    add(replay, 0, 5);
    learn(backend, replay, batch, [0, 1, 2, 3, 4], [1, 1, 100, 1, 0.01]);
    replay.sample(backend.random.stream(2, "replay"), rows, batch);
    const [index, weight] = [now(backend.read(batch.index)), now(backend.read(batch.weight))];
    const counts = [0, 1, 2, 3, 4].map((slot) => index.filter((i) => i === slot).length);
    expect(counts[2]).toBe(Math.max(...counts));
    expect(counts[4]).toBe(Math.min(...counts));
    const weightOf = (slot: number): number => weight[index.indexOf(slot)];
    expect(weightOf(2)).toBeLessThan(weightOf(0));
    expect(weightOf(4)).toBe(1);
    // Weight times how often is what uniform replay would give each: no bias is left.
    for (const slot of [0, 1, 3]) {
      expect(Math.abs((weightOf(slot) * counts[slot]) / (weightOf(2) * counts[2]) - 1)).toBeLessThan(0.1);
    }
  });
});

describe("uniform replay", () => {
  test("has the same face: it does not listen to errors, and a beta changes nothing", () => {
    const backend = new WasmBackend();
    const replay = new ReplayBuffer(backend, SPEC);
    add(replay, 0, 5);
    const batch = planBatch(backend, 4, 3, 1);
    replay.beta = 1;
    learn(backend, replay, batch, [0, 1], [Number.NaN, 5]);
    replay.sample(backend.random.stream(2, "replay"), 4, batch);
    expect([...now(backend.read(batch.weight))]).toEqual([1, 1, 1, 1]);
    expect([replay.type, replay.priorities(), replay.bytes]).toEqual(["uniform", null, replay.memory.bytes]);
  });
});

describe("options", () => {
  test("have the paper's defaults for each type", () => {
    for (const type of TYPES) {
      expect(readPrioritizedOptions("here", { type })).toEqual({ type, ...PRIORITIZED_DEFAULTS[type] });
      const own = { type, alpha: 0.1, beta: 0.2, epsilon: 0.3 };
      expect(readPrioritizedOptions("here", own)).toEqual(own);
    }
    expect(new PrioritizedReplay(new WasmBackend(), SPEC, { type: "rank" }).beta).toBe(0.5);
  });

  test.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    [{ type: "ranked" }, RangeError, 'here: type expected "proportional" or "rank", got "ranked". Choose one of them.'],
    [{ type: "rank", alfa: 1 }, RangeError, 'here: option expected a known name, got "alfa". Did you mean alpha?'],
    [{ type: "rank", alpha: -0.1 }, RangeError, "here: alpha expected a number at least 0 and at most 1, got -0.1."],
    [{ type: "rank", alpha: 1.5 }, RangeError, "here: alpha expected a number at least 0 and at most 1, got 1.5."],
    [{ type: "rank", alpha: "1" }, TypeError, 'here: alpha expected a number at least 0 and at most 1, got "1".'],
    [{ type: "rank", beta: 2 }, RangeError, "here: beta expected a number at least 0 and at most 1, got 2."],
    [{ type: "rank", beta: Number.NaN }, RangeError, "here: beta expected a number at least 0 and at most 1, got NaN."],
    [{ type: "rank", epsilon: 0 }, RangeError, "here: epsilon expected a number above 0 and at most 1, got 0."],
  ])("are refused: %o", (options, kind, message) => {
    const read = (): unknown => readPrioritizedOptions("here", options as PrioritizedReplayOptions);
    expect(read).toThrow(kind);
    expect(read).toThrow(message);
  });

  test.each([-0.1, 1.1, Number.NaN])("beta %d is refused and the one before stays", (beta) => {
    const replay = new PrioritizedReplay(new WasmBackend(), SPEC, { type: "proportional" });
    replay.beta = 0.75;
    expect(() => {
      replay.beta = beta;
    }).toThrow(`replay: beta expected a number at least 0 and at most 1, got ${beta}. 1 makes up for the whole bias.`);
    expect(replay.beta).toBe(0.75);
  });
});

test.each(["uniform", "proportional", "rank"] as const)(
  "%s replay too large for any memory says what would fit",
  (type) => {
    const capacity = 16_777_216;
    const spec: ReplaySpec = { ...SPEC, capacity, observationSize: 100 };
    const backend = new WasmBackend();
    const plan = (): Replay =>
      type === "uniform" ? new ReplayBuffer(backend, spec) : new PrioritizedReplay(backend, spec, { type });
    expect(plan).toThrow(
      /^replay: memory expected at most 4096 MiB in all, got \d+\.\d MiB planned and 12992\.0 MiB more, a capacity of 16777216 transitions of 812 bytes\. At most \d+ fit: lower the capacity, or store observations as uint8\.$/,
    );
  },
);
