// Random numbers drawn from streams. This file only unwraps handles.

import type { RandomStream, Tensor } from "../../operations/handles.ts";
import type { RandomOperations } from "../../operations/random.ts";
import { dataOf, ReferenceStream, stateOf } from "./handles.ts";
import { sampleCategorical } from "./random-categorical.ts";
import { fillNormal, fillUniform, permutation, randomIndex, uniform } from "./xoshiro.ts";

export class ReferenceRandom implements RandomOperations {
  /** Bytes planned so far. */
  bytes = 0;

  stream(seed: number, purpose: string): RandomStream {
    const stream = new ReferenceStream(seed, purpose);
    this.bytes += stream.state.byteLength;
    return stream;
  }

  uniform(stream: RandomStream): number {
    return uniform(stateOf(stream));
  }

  index(stream: RandomStream, n: number): number {
    return randomIndex(stateOf(stream), n);
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    fillUniform(stateOf(stream), dataOf(tensor), low, high);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    fillNormal(stateOf(stream), dataOf(tensor), mean, deviation);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    permutation(stateOf(stream), dataOf(order));
  }

  categorical(stream: RandomStream, row: number, logits: Tensor, temperature: number, mask: Tensor | null): number {
    const { columns } = logits;
    return sampleCategorical(stateOf(stream), dataOf(logits), row * columns, columns, temperature, dataOf(mask));
  }

  read(stream: RandomStream): Uint32Array {
    return stateOf(stream).slice();
  }

  write(stream: RandomStream, state: ArrayLike<number>): void {
    stateOf(stream).set(state);
  }
}
