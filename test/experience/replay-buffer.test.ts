import { expect, test } from "vitest";
import { createBackend } from "../../src/backends/select.ts";
import { MAX_CAPACITY, planBatch, ReplayBuffer } from "../../src/experience/replay-buffer.ts";
import type { ReplaySpec } from "../../src/operations/replay.ts";

const SPEC: ReplaySpec = { capacity: 5, observationSize: 3, observationStorage: "float32", actionSize: 1 };

function filled(count: number, spec: ReplaySpec = SPEC) {
  const backend = createBackend("test");
  const replay = new ReplayBuffer(backend, spec);
  for (let i = 0; i < count; i++) {
    const [observation, next] = [Float32Array.of(i, i + 0.25, i + 0.5), Float32Array.of(i + 1, 0, -i)];
    replay.add(observation, Float32Array.of(i % 2), Float64Array.of(10 * i, 0.5), next);
  }
  return { backend, replay };
}

test("keeps the last transitions and overwrites the oldest", () => {
  const { replay } = filled(7);
  expect([replay.size, replay.position, replay.capacity]).toEqual([5, 2, 5]);
  expect([...replay.contents().reward]).toEqual([50, 60, 20, 30, 40]);
  expect([...replay.contents().observation.subarray(0, 3)]).toEqual([5, 5.25, 5.5]);
});

test("samples what was stored, each transition about as often, and never an empty slot", () => {
  const { backend, replay } = filled(4, { ...SPEC, capacity: 8 });
  const rows = 64;
  const batch = planBatch(backend, rows, 3, 1);
  const stream = backend.random.stream(9, "replay");
  const counts = [0, 0, 0, 0];
  const rounds = 100;
  for (let round = 0; round < rounds; round++) {
    replay.sample(stream, rows, batch);
    const [index, reward, observation, next, action, weight] = [
      batch.index,
      batch.reward,
      batch.observation,
      batch.nextObservation,
      batch.action,
      batch.weight,
    ].map((tensor) => backend.read(tensor) as Float32Array);
    for (let row = 0; row < rows; row++) {
      const i = index[row];
      counts[i]++;
      expect([reward[row], observation[3 * row + 1], next[3 * row + 2], action[row], weight[row]]).toEqual([
        10 * i,
        i + 0.25,
        i === 0 ? expect.closeTo(0, 10) : -i,
        i % 2,
        1,
      ]);
    }
  }
  // Binomial, seed 9: 4.5 standard deviations.
  const draws = rows * rounds;
  for (const count of counts)
    expect(Math.abs(count - draws / 4)).toBeLessThan(4.5 * Math.sqrt(draws * (1 / 4) * (3 / 4)));
});

test("restores its contents and goes on at its position", () => {
  const { replay } = filled(7);
  const { replay: other } = filled(0);
  other.restore(replay.contents(), replay.position);
  expect(other.contents()).toEqual(replay.contents());
  const row = new Float32Array(3);
  other.add(row, new Float32Array(1), Float64Array.of(70, 1), row);
  expect([...other.contents().reward]).toEqual([50, 60, 70, 30, 40]);
});

test("slots up to the largest capacity are exact in float32", () => {
  expect(Math.fround(MAX_CAPACITY - 1)).toBe(MAX_CAPACITY - 1);
  expect(Math.fround(MAX_CAPACITY + 1)).not.toBe(MAX_CAPACITY + 1);
});
