// Random numbers, drawn on the host: see handles.ts.

import type { RandomStream, Tensor } from "../../operations/handles.ts";
import type { RandomOperations } from "../../operations/random.ts";
import { fillNormal, fillUniform, permutation, randomIndex, uniform } from "../reference/xoshiro.ts";
import type { Commands } from "./commands.ts";
import { GpuStream } from "./handles.ts";
import { unsupported } from "./unsupported.ts";

export class WebGpuRandom implements RandomOperations {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  stream(seed: number, purpose: string): RandomStream {
    return new GpuStream(seed, purpose);
  }

  uniform(stream: RandomStream): number {
    return uniform((stream as GpuStream).state);
  }

  index(stream: RandomStream, n: number): number {
    return randomIndex((stream as GpuStream).state, n);
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    const values = new Float32Array(tensor.rows * tensor.columns);
    fillUniform((stream as GpuStream).state, values, low, high);
    this.#commands.write(tensor, values, 0);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    const values = new Float32Array(tensor.rows * tensor.columns);
    fillNormal((stream as GpuStream).state, values, mean, deviation);
    this.#commands.write(tensor, values, 0);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    const values = new Float32Array(order.columns);
    permutation((stream as GpuStream).state, values);
    this.#commands.write(order, values, 0);
  }

  categorical(): number {
    throw unsupported("a choice of an action, which must be there at once", "Act on another backend");
  }

  read(stream: RandomStream): Uint32Array {
    return (stream as GpuStream).state.slice();
  }

  write(stream: RandomStream, state: ArrayLike<number>): void {
    (stream as GpuStream).state.set(state);
  }
}
