// One update of DQN as a task for any library: weights, moments and experience of a Bellwether agent late in its run, and
// its next batch. Every library starts from this state, and must reach the same state as Bellwether.

import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { planBatch } from "../../src/experience/replay-buffer.ts";
import { decodeCheckpoint } from "../../src/formats/checkpoint.ts";
import type { Reading } from "../../src/operations/handles.ts";
import { longTrainedAgent, type UpdateShape } from "./dqn.bench.ts";

export interface Transitions {
  /** [rows, inputs] */
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  readonly action: Int32Array;
  readonly reward: Float32Array;
  /** gamma; 0 where the episode terminated. */
  readonly discount: Float32Array;
}

/** Weight and bias of each layer, layer by layer; weights have the layout [out, in]. */
export type Block = readonly Float32Array[];

export interface UpdateTask {
  /** Number of neurons per layer, from inputs to actions. */
  readonly sizes: readonly number[];
  /** File of the whole run, for Bellwether. */
  readonly file: Uint8Array;
  /** The same state for other libraries: both networks and Adam's moments. `updates` is the number of updates so far. */
  readonly state: { readonly online: Block; readonly target: Block; readonly m: Block; readonly v: Block };
  readonly updates: number;
  readonly replay: Transitions;
  /** Batch of the next update. `slot` holds the positions of its rows in the replay. */
  readonly batch: Transitions & { readonly slot: Int32Array };
  /** Settings of Adam and the target network. The loss is the Huber loss with delta 1, averaged over the batch. */
  readonly settings: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly tau: number;
  };
}

export function planUpdateTask(shape: UpdateShape): UpdateTask {
  const { inputs, hidden, actions, batchSize } = shape;
  const agent = longTrainedAgent(shape);
  agent.update(); // flushes seeded moments, like the updates of a whole run
  const file = agent.save();
  const { tensors, counters } = decodeCheckpoint(file);
  const floats = (name: string): Float32Array => tensors.get(name)!.data as Float32Array;
  const block = (prefix: string): Block =>
    [...hidden, actions].flatMap((_, layer) => [
      floats(`${prefix}${2 * layer}.weight`),
      floats(`${prefix}${2 * layer}.bias`),
    ]);
  const replay = {
    observation: floats("replay.observation"),
    nextObservation: floats("replay.nextObservation"),
    action: Int32Array.from(floats("replay.action")),
    reward: floats("replay.reward"),
    discount: floats("replay.discount"),
  };
  const slot = nextSlots(tensors.get("random.replay")!.data as Uint32Array, replay.reward.length, batchSize);
  const rows = (columns: Float32Array): Float32Array => {
    const width = columns.length / replay.reward.length;
    return Float32Array.from({ length: batchSize * width }, (_, k) => {
      return columns[slot[Math.floor(k / width)] * width + (k % width)];
    });
  };
  return {
    sizes: [inputs, ...hidden, actions],
    file,
    state: { online: block(""), target: block("target."), m: block("optimizer.m."), v: block("optimizer.v.") },
    updates: counters.updates,
    replay,
    batch: {
      slot,
      observation: rows(replay.observation),
      nextObservation: rows(replay.nextObservation),
      action: slot.map((k) => replay.action[k]),
      reward: rows(replay.reward),
      discount: rows(replay.discount),
    },
    settings: { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, tau: 0.005 },
  };
}

/** Returns the slots that a replay of `size` transitions draws next, from a random stream in the given state. */
function nextSlots(stream: Uint32Array, size: number, rows: number): Int32Array {
  const backend = new WasmBackend();
  const random = backend.random.stream(0, "replay");
  backend.random.write(random, stream);
  const spec = { capacity: size, observationSize: 1, observationStorage: "float32", actionSize: 1 } as const;
  const batch = planBatch(backend, rows, 1, 1);
  backend.replay.sample(backend.replay.plan(spec), random, size, rows, batch);
  return Int32Array.from(backend.read(batch.index) as Exclude<Reading, Promise<unknown>>);
}
