// An environment that shows given images, one per step, and ends after the last.

import type { ResetResult, StepResult, SyncEnv } from "../../../src/env.ts";
import { type Box, box, type Discrete, discrete } from "../../../src/space.ts";

type Image = readonly number[];

export class Camera implements SyncEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete = discrete(2);
  readonly #images: readonly Image[];
  #next = 0;

  /** @param images flat, of the shape; the first is what reset shows */
  constructor(images: readonly Image[], shape: readonly number[], dtype: "uint8" | "float32" = "uint8") {
    this.observationSpace = box(0, dtype === "uint8" ? 255 : 1, shape, dtype);
    this.#images = images;
  }

  reset(): ResetResult {
    this.#next = 0;
    return { observation: this.#shoot(), info: {} };
  }

  /** Pays 1 for each action 1, and 0.5 besides. */
  step(action: unknown): StepResult {
    const observation = this.#shoot();
    const reward = 0.5 + (action as number);
    const terminated = this.#next === this.#images.length;
    return { observation, reward, terminated, truncated: false, info: { shot: this.#next } };
  }

  #shoot(): Uint8Array | Float32Array {
    const image = this.#images[this.#next++];
    return this.observationSpace.dtype === "uint8" ? Uint8Array.from(image) : Float32Array.from(image);
  }
}
