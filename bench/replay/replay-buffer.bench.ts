// Benchmarks of replay: adding, sampling and updating priorities, at capacities that fit the cache and larger ones. Replay is
// uniform, or prioritized by a sum tree or by ranks, whose cost grows with the logarithm of the capacity.

import type { Backend } from "../../src/backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { PrioritizedReplay, type PrioritizedReplayOptions } from "../../src/experience/prioritized-replay.ts";
import type { Replay } from "../../src/experience/replay.ts";
import { planBatch, ReplayBuffer } from "../../src/experience/replay-buffer.ts";
import type { Timed } from "../measure.ts";

const OBSERVATION_SIZE = 4;
const BATCH = 64;
const LARGEST_RESTORED = 10_000;
const CHOICES: readonly ({ readonly type: "uniform" } | PrioritizedReplayOptions)[] = [
  { type: "uniform" },
  { type: "proportional", alpha: 0.6, epsilon: 1e-6 },
  { type: "rank", alpha: 0.7, epsilon: 1e-6 },
];

function tasks(backend: Backend, choice: (typeof CHOICES)[number], capacity: number): Timed[] {
  const spec = { capacity, observationSize: OBSERVATION_SIZE, observationStorage: "float32", actionSize: 1 } as const;
  const replay =
    choice.type === "uniform" ? new ReplayBuffer(backend, spec) : new PrioritizedReplay(backend, spec, choice);
  const observation = new Float32Array(OBSERVATION_SIZE);
  const action = new Float32Array(1);
  const absError = backend.tensor(BATCH, 1);
  const stream = backend.random.stream(1, "bench");
  const batch = planBatch(backend, BATCH, OBSERVATION_SIZE, 1);
  const sums = Float64Array.of(1, 0.99);
  const add = (): void => replay.add(observation, action, sums, observation);
  const sample = (): void => replay.sample(stream, BATCH, batch);
  // Slots and errors are drawn uniformly. An update right after its own sample would find the nodes in the cache.
  const update = (): void => {
    backend.random.fillUniform(stream, absError, 0, 1);
    backend.random.fillUniform(stream, batch.index, 0, capacity);
    replay.updatePriorities(BATCH, batch, absError);
  };
  for (let i = 0; i < capacity; i++) add();
  replay.beta = 0.5;
  const named = (what: string, run: () => void): Timed => ({
    name: `${choice.type} ${what}, capacity ${capacity.toLocaleString("en")}`,
    run,
  });
  const uniform = [named(`sample ${BATCH}`, sample), named("add", add)];
  if (choice.type === "uniform") return uniform;
  // The update comes first, because it leaves different priorities, while adding makes all of them equal.
  const prioritized = [named(`update ${BATCH}`, update), ...uniform];
  return capacity > LARGEST_RESTORED ? prioritized : [...prioritized, named("restore", restoration(replay))];
}

/** Returns the restoration of a replay from a checkpoint. Its cost depends on the capacity. */
function restoration(replay: Replay): () => void {
  const [contents, priorities] = [replay.contents(), replay.priorities()];
  return () => replay.restore(contents, replay.position, priorities);
}

/** Returns all benchmarks. @param backend backend of every replay. Default: a new backend for each. */
export function replayTasks(
  capacities: readonly number[] = [10_000, 100_000, 1_000_000],
  backend?: WasmBackend,
): Timed[] {
  return CHOICES.flatMap((choice) =>
    capacities.flatMap((capacity) => tasks(backend ?? new WasmBackend(), choice, capacity)),
  );
}
