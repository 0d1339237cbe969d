// Replay memory: sampled and gathered on the device, stored and saved on the host (see replay-memory.ts).

import type { Batch, RandomStream } from "../../operations/handles.ts";
import type { ReplayContents, ReplayMemory, ReplayOperations, ReplaySpec } from "../../operations/replay.ts";
import { randomIndex } from "../reference/xoshiro.ts";
import type { Commands } from "./commands.ts";
import type { GpuDevice } from "./gpu-types.ts";
import type { GpuStream, GpuTensor } from "./handles.ts";
import { NONE } from "./kernel.ts";
import { REPLAY_GATHER, STORAGE_CODE } from "./kernels/replay-gather.ts";
import { GpuReplay } from "./replay-memory.ts";

export class WebGpuReplay implements ReplayOperations {
  readonly #commands: Commands;
  readonly #device: GpuDevice;
  readonly #planned: GpuReplay[] = [];

  constructor(commands: Commands, device: GpuDevice) {
    this.#commands = commands;
    this.#device = device;
  }

  get bytes(): number {
    return this.#planned.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  plan(spec: ReplaySpec): ReplayMemory {
    const memory = new GpuReplay(this.#device, spec);
    this.#planned.push(memory);
    return memory;
  }

  store(
    memory: ReplayMemory,
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void {
    // Waiting commands read the old records, so that these must not change before.
    this.#commands.submitWaiting();
    (memory as GpuReplay).store(slot, observation, action, sums, nextObservation);
  }

  sample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    const { state } = stream as GpuStream;
    const index = batch.index as GpuTensor;
    index.host ??= new Float32Array(index.rows);
    for (let b = 0; b < rows; b++) index.host[b] = randomIndex(state, size);
    index.dirtyFrom = 0;
    index.dirtyTo = Math.max(index.dirtyTo, rows);
    index.version++;
    this.#gather(memory as GpuReplay, rows, batch, this.#commands.output(batch.weight));
  }

  gather(memory: ReplayMemory, rows: number, batch: Batch): void {
    this.#gather(memory as GpuReplay, rows, batch, NONE);
  }

  /** @param weight offset at which weights of 1 are written */
  #gather(memory: GpuReplay, rows: number, batch: Batch, weight: number): void {
    const { observationSize: size, observationStorage, actionSize } = memory.spec;
    this.#commands.submitWaiting();
    memory.upload();
    const index = this.#commands.input(batch.index);
    const [observation, next] = [
      this.#commands.output(batch.observation),
      this.#commands.output(batch.nextObservation),
    ];
    const [action, reward] = [this.#commands.output(batch.action), this.#commands.output(batch.reward)];
    const discount = this.#commands.output(batch.discount);
    this.#commands.stream
      .begin(REPLAY_GATHER, memory.buffer)
      .u32(rows * size)
      .u32(size)
      .u32(STORAGE_CODE[observationStorage])
      .u32(memory.stride)
      .u32(memory.words)
      .u32(actionSize)
      .u32(index)
      .u32(observation)
      .u32(action)
      .u32(reward)
      .u32(next)
      .u32(discount)
      .u32(weight)
      .dispatchLinear(rows * size);
  }

  read(memory: ReplayMemory, size: number): ReplayContents {
    return (memory as GpuReplay).contents(size);
  }

  write(memory: ReplayMemory, contents: ReplayContents): void {
    this.#commands.submitWaiting();
    (memory as GpuReplay).setContents(contents);
  }

  release(): void {
    for (const memory of this.#planned) memory.release();
  }
}
