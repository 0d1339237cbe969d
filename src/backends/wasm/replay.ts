// Replay memory on the engine: plans and addresses for assembly/replay/ring-buffer.ts. A plan is one block: the descriptor,
// room for one incoming transition, and the records.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Batch, RandomStream } from "../../operations/handles.ts";
import type { ReplayContents, ReplayMemory, ReplayOperations, ReplaySpec } from "../../operations/replay.ts";
import { roundUp } from "../parameter-layout.ts";
import { addressOf, streamAddressOf, strideOf } from "./handles.ts";

/** Codes of assembly/replay/ring-buffer.ts. */
const STORAGE_CODE = { float32: 0, uint8: 1, "one-hot": 2 } as const;
/** Bytes of a descriptor. */
const DESCRIPTOR = 32;
/** Bytes after the last record, because a gather reads whole vectors. */
const SLACK = 16;

/** Bytes of one observation in a storage. */
function observationBytes(spec: ReplaySpec): number {
  if (spec.observationStorage === "one-hot") return 4;
  return spec.observationSize * (spec.observationStorage === "uint8" ? 1 : 4);
}

class WasmReplayMemory implements ReplayMemory {
  readonly spec: ReplaySpec;
  /** Bytes of the records and their descriptor. */
  readonly bytes: number;
  readonly descriptor: number;
  /** Address of the incoming transition: observation, next observation and action, one after the other. */
  readonly incoming: number;
  /** View of the incoming transition; made again after the memory grew. */
  incomingView: Float32Array;
  /** Address of the first record. */
  readonly address: number;
  /** Bytes of one observation. */
  readonly observationBytes: number;
  /** Bytes of one record. */
  readonly stride: number;
  /** Bytes from the start of a record to its action. */
  readonly actionOffset: number;

  constructor(engine: Engine, spec: ReplaySpec) {
    const { capacity, observationSize, actionSize } = spec;
    this.spec = spec;
    this.observationBytes = observationBytes(spec);
    this.actionOffset = roundUp(2 * this.observationBytes, 4);
    this.stride = this.actionOffset + 4 * (actionSize + 2);
    const head = roundUp(DESCRIPTOR + 4 * (2 * observationSize + actionSize), 64);
    const records = capacity * this.stride + SLACK;
    this.bytes = records + DESCRIPTOR;
    this.descriptor = engine.allocate(head + records, {
      capacity,
      what: "transitions",
      bytesEach: this.stride,
    });
    this.incoming = this.descriptor + DESCRIPTOR;
    this.address = this.descriptor + head;
    engine
      .u32(this.descriptor, 7)
      .set([
        this.address,
        this.stride,
        this.observationBytes,
        this.actionOffset,
        STORAGE_CODE[spec.observationStorage],
        observationSize,
        actionSize,
      ]);
    this.incomingView = this.renew(engine);
  }

  renew(engine: Engine): Float32Array {
    const { observationSize, actionSize } = this.spec;
    this.incomingView = engine.f32(this.incoming, 2 * observationSize + actionSize);
    return this.incomingView;
  }
}

export class WasmReplay implements ReplayOperations {
  readonly #engine: Engine;
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  plan(spec: ReplaySpec): ReplayMemory {
    return new WasmReplayMemory(this.#engine, spec);
  }

  store(
    memory: ReplayMemory,
    slot: number,
    observation: Float32Array,
    action: Float32Array,
    sums: Float64Array,
    nextObservation: Float32Array,
  ): void {
    const m = memory as WasmReplayMemory;
    const { observationSize: size, actionSize } = m.spec;
    const view = m.incomingView.byteLength === 0 ? m.renew(this.#engine) : m.incomingView;
    for (let j = 0; j < size; j++) {
      view[j] = observation[j];
      view[size + j] = nextObservation[j];
    }
    for (let j = 0; j < actionSize; j++) view[2 * size + j] = action[j];
    const { incoming } = m;
    this.#kernel.replay_store(m.descriptor, slot, incoming, incoming + 8 * size, sums[0], incoming + 4 * size, sums[1]);
  }

  sample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    this.#kernel.replay_draw(streamAddressOf(stream), size, rows, addressOf(batch.index), addressOf(batch.weight));
    this.gather(memory, rows, batch);
  }

  gather(memory: ReplayMemory, rows: number, batch: Batch): void {
    this.#kernel.replay_gather(
      (memory as WasmReplayMemory).descriptor,
      rows,
      addressOf(batch.index),
      addressOf(batch.observation),
      strideOf(batch.observation),
      addressOf(batch.action),
      strideOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.nextObservation),
      addressOf(batch.discount),
    );
  }

  read(memory: ReplayMemory, size: number): ReplayContents {
    const { observationStorage: storage, observationSize, actionSize } = memory.spec;
    const { observationBytes: bytes, actionOffset } = memory as WasmReplayMemory;
    const width = storage === "one-hot" ? 1 : observationSize;
    const observations = (): ReplayContents["observation"] => {
      if (storage === "uint8") return new Uint8Array(size * width);
      return storage === "one-hot" ? new Uint32Array(size) : new Float32Array(size * width);
    };
    const contents = {
      observation: observations(),
      nextObservation: observations(),
      action: new Float32Array(size * actionSize),
      reward: new Float32Array(size),
      discount: new Float32Array(size),
    };
    this.#eachRecord(memory as WasmReplayMemory, size, (record, slot) => {
      asBytes(contents.observation, slot * bytes, bytes).set(record.subarray(0, bytes));
      asBytes(contents.nextObservation, slot * bytes, bytes).set(record.subarray(bytes, 2 * bytes));
      const rest = actionOffset + 4 * actionSize;
      asBytes(contents.action, slot * 4 * actionSize, 4 * actionSize).set(record.subarray(actionOffset, rest));
      asBytes(contents.reward, slot * 4, 4).set(record.subarray(rest, rest + 4));
      asBytes(contents.discount, slot * 4, 4).set(record.subarray(rest + 4, rest + 8));
    });
    return contents;
  }

  write(memory: ReplayMemory, contents: ReplayContents): void {
    const { actionSize } = memory.spec;
    const { observationBytes: bytes, actionOffset } = memory as WasmReplayMemory;
    this.#eachRecord(memory as WasmReplayMemory, contents.reward.length, (record, slot) => {
      record.set(asBytes(contents.observation, slot * bytes, bytes), 0);
      record.set(asBytes(contents.nextObservation, slot * bytes, bytes), bytes);
      const rest = actionOffset + 4 * actionSize;
      record.set(asBytes(contents.action, slot * 4 * actionSize, 4 * actionSize), actionOffset);
      record.set(asBytes(contents.reward, slot * 4, 4), rest);
      record.set(asBytes(contents.discount, slot * 4, 4), rest + 4);
    });
  }

  #eachRecord(memory: WasmReplayMemory, size: number, visit: (record: Uint8Array, slot: number) => void): void {
    const { address, stride } = memory;
    for (let slot = 0; slot < size; slot++) visit(this.#engine.u8(address + slot * stride, stride), slot);
  }
}

function asBytes(array: ArrayBufferView, offset: number, length: number): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset + offset, length);
}
