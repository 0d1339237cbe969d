// Random numbers on the engine: addresses for assembly/math/random.ts and assembly/kernels/random-categorical.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { RandomStream, Tensor } from "../../operations/handles.ts";
import type { RandomOperations } from "../../operations/random.ts";
import { firstStreamState } from "../stream-seed.ts";
import { addressOf, streamAddressOf, WasmStream, type WasmTensor } from "./handles.ts";

export class WasmRandom implements RandomOperations {
  readonly #engine: Engine;
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  stream(seed: number, purpose: string): RandomStream {
    const stream = new WasmStream(this.#engine, purpose);
    this.write(stream, firstStreamState(seed, purpose));
    return stream;
  }

  uniform(stream: RandomStream): number {
    return this.#kernel.random_uniform(streamAddressOf(stream));
  }

  index(stream: RandomStream, n: number): number {
    return this.#kernel.random_index(streamAddressOf(stream), n) >>> 0;
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    const t = tensor as WasmTensor;
    this.#kernel.random_fill_uniform(streamAddressOf(stream), t.address, t.rows, t.columns, t.stride, low, high);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    const t = tensor as WasmTensor;
    const { address } = stream as WasmStream;
    this.#kernel.random_fill_normal(address, t.address, t.rows, t.columns, t.stride, mean, deviation);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    const t = order as WasmTensor;
    this.#kernel.random_permutation(streamAddressOf(stream), t.address, t.columns);
  }

  categorical(stream: RandomStream, row: number, logits: Tensor, temperature: number, mask: Tensor | null): number {
    const t = logits as WasmTensor;
    return this.#kernel.random_categorical(
      streamAddressOf(stream),
      t.address + row * t.stride,
      t.columns,
      temperature,
      addressOf(mask),
    );
  }

  read(stream: RandomStream): Uint32Array {
    return this.#engine.u32(streamAddressOf(stream), 4).slice();
  }

  write(stream: RandomStream, state: ArrayLike<number>): void {
    this.#engine.u32(streamAddressOf(stream), 4).set(state);
  }
}
