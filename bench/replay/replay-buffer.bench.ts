// Adding to, sampling from and telling errors to replay memory, from sizes that fit the cache to sizes that do not:
// uniform, and prioritized by a sum tree and by ranks, whose cost grows with the logarithm of the capacity.

import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { createReplay, type ReplayChoice } from "../../src/replay/replay.ts";
import { planBatch } from "../../src/replay/replay-buffer.ts";
import type { Timed } from "../measure.ts";

const OBSERVATION_SIZE = 4;
const BATCH = 64;
const CHOICES: readonly ReplayChoice[] = [
  { type: "uniform" },
  { type: "proportional", alpha: 0.6, epsilon: 1e-6 },
  { type: "rank", alpha: 0.7, epsilon: 1e-6 },
];

function tasks(choice: ReplayChoice, capacity: number): Timed[] {
  const backend = new WasmBackend();
  const spec = { capacity, observationSize: OBSERVATION_SIZE, observationStorage: "float32", actionSize: 1 } as const;
  const replay = createReplay(backend, spec, choice);
  const observation = backend.tensor(1, OBSERVATION_SIZE);
  const action = backend.tensor(1, 1);
  const absError = backend.tensor(BATCH, 1);
  const stream = backend.randomStream(1, "bench");
  const batch = planBatch(backend, BATCH, OBSERVATION_SIZE, 1);
  const sums = Float64Array.of(1, 0.99);
  const add = (): void => replay.add(observation, action, sums, observation);
  const sample = (): void => replay.sample(stream, BATCH, batch);
  // Slots drawn uniformly, errors too: an update that follows its own sample finds the nodes in the cache.
  const update = (): void => {
    backend.fillUniform(stream, absError, 0, 1);
    backend.fillUniform(stream, batch.index, 0, capacity);
    replay.updatePriorities(BATCH, batch, absError);
  };
  for (let i = 0; i < capacity; i++) add();
  replay.beta = 0.5;
  const named = (what: string, run: () => void): Timed => ({
    name: `${choice.type} ${what}, capacity ${capacity.toLocaleString("en")}`,
    run,
  });
  const uniform = [named(`sample ${BATCH}`, sample), named("add", add)];
  // First: it leaves priorities in no order, where adding makes all alike.
  return choice.type === "uniform" ? uniform : [named(`update ${BATCH}`, update), ...uniform];
}

export function replayTasks(): Timed[] {
  return CHOICES.flatMap((choice) => [10_000, 100_000, 1_000_000].flatMap((capacity) => tasks(choice, capacity)));
}
