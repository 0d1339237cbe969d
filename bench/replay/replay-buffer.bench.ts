// Adding to and sampling from replay memory, from sizes that fit the cache to sizes that do not.

import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { planBatch, ReplayBuffer } from "../../src/replay/replay-buffer.ts";
import type { Timed } from "../measure.ts";

const OBSERVATION_SIZE = 4;
const BATCH = 64;

export function replayTasks(): Timed[] {
  return [10_000, 100_000, 1_000_000].flatMap((capacity) => {
    const backend = new WasmBackend();
    const buffer = new ReplayBuffer(backend, {
      capacity,
      observationSize: OBSERVATION_SIZE,
      observationStorage: "float32",
      actionSize: 1,
    });
    const observation = backend.tensor(1, OBSERVATION_SIZE);
    const action = backend.tensor(1, 1);
    const stream = backend.randomStream(1, "bench");
    const batch = planBatch(backend, BATCH, OBSERVATION_SIZE, 1);
    const add = (): void => buffer.add(observation, action, 1, observation, 0.99);
    for (let i = 0; i < capacity; i++) add();
    const size = capacity.toLocaleString("en");
    return [
      { name: `add, capacity ${size}`, run: add },
      { name: `sample ${BATCH}, capacity ${size}`, run: () => buffer.sample(stream, BATCH, batch) },
    ];
  });
}
