// Random numbers of a stream: the same on every backend, bit for bit.

import type { RandomStream, Tensor } from "./handles.ts";

export interface RandomOperations {
  /** A stream seeded from (seed, purpose); equal arguments give equal streams. @param seed 0 .. 2^53 - 1 */
  stream(seed: number, purpose: string): RandomStream;

  /** Uniform in [0, 1), 24 bits. */
  uniform(stream: RandomStream): number;

  /** Uniform in 0 .. n - 1 without bias (Lemire 2019). */
  index(stream: RandomStream, n: number): number;

  /** Fills rows with low + (high - low) u. */
  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void;

  /** Fills rows with mean + deviation n, n standard normal (Box & Muller 1958, computed in float64). */
  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void;

  /** A uniformly random order of 0 .. length - 1 (Fisher-Yates, from the end). @param order [1, n] */
  permutation(stream: RandomStream, order: Tensor): void;

  /**
   * Draws an index with probability softmax(logits / temperature) among entries whose mask is not 0 (Boltzmann exploration).
   * Weights exp((x - max) / temperature), 1 where x is the maximum and 0 where it is NaN, are summed in order; the first
   * index at which their sum exceeds u times the whole wins, u one uniform draw. With temperature 0, or one so small that
   * other weights vanish, that is one of the largest.
   * @param temperature at least 0
   * @param mask [1, columns], or null for all
   * @returns -1, and draws nothing, when the mask allows none; the first allowed index when all allowed numbers are NaN
   */
  categorical(stream: RandomStream, row: number, logits: Tensor, temperature: number, mask: Tensor | null): number;

  /** The stream's state, 4 words. */
  read(stream: RandomStream): Uint32Array;
  write(stream: RandomStream, state: ArrayLike<number>): void;
}
