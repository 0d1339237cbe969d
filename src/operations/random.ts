// Random numbers drawn from streams: the same on every backend, bit for bit.

import type { RandomStream, Tensor } from "./handles.ts";

export interface RandomOperations {
  /** Makes a stream seeded from (seed, purpose). Equal arguments give equal streams. @param seed 0 .. 2^53 - 1 */
  stream(seed: number, purpose: string): RandomStream;

  /** Draws a uniform number in [0, 1) with 24 bits. */
  uniform(stream: RandomStream): number;

  /** Draws a uniform integer in 0 .. n - 1 without bias (Lemire 2019). */
  index(stream: RandomStream, n: number): number;

  /** Fills the tensor, row by row, with low + (high - low) u, u as `uniform` draws it. */
  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void;

  /** Fills the tensor, row by row, with mean + deviation n, n standard normal (Box & Muller 1958, computed in float64). */
  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void;

  /** Draws a uniformly random order of 0 .. n - 1 (Fisher-Yates, from the end). @param order [1, n], written */
  permutation(stream: RandomStream, order: Tensor): void;

  /**
   * Draws an index with probability softmax(logits / temperature) among entries whose mask is not 0 (Boltzmann exploration).
   * The weight of a logit x is exp((x - max) / temperature): 1 for the maximum, 0 for NaN. The weights are summed in order,
   * and the first index wins at which the sum exceeds u times the total, u one uniform draw. With temperature 0, or one so
   * small that all other weights vanish, the winner is one of the largest logits.
   * @param temperature at least 0
   * @param mask [1, columns]; null: all entries
   * @returns the index; the first allowed index when all allowed logits are NaN; -1, without a draw, when the mask allows
   *   none
   */
  categorical(stream: RandomStream, row: number, logits: Tensor, temperature: number, mask: Tensor | null): number;

  /** Returns the state of the stream, 4 words. */
  read(stream: RandomStream): Uint32Array;
  /** Replaces the state of the stream. @param state 4 words */
  write(stream: RandomStream, state: ArrayLike<number>): void;
}
