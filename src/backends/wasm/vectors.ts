// Blocks of parameters as vectors on the engine: addresses for assembly/kernels/vectors.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { VectorOperations } from "../../operations/vectors.ts";
import { addressOf, blockAddressOf, lengthOf } from "./handles.ts";

export class WasmVectors implements VectorOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  copy(target: Parameters, source: Parameters): void {
    this.#kernel.vectors_copy(blockAddressOf(target), blockAddressOf(source), lengthOf(target));
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    if (tau === 1) this.copy(target, online);
    else this.#kernel.vectors_polyak(blockAddressOf(target), blockAddressOf(online), lengthOf(target), tau);
  }

  combine(y: Parameters, scaleY: number, x: Parameters, scaleX: number): void {
    this.#kernel.vectors_combine(blockAddressOf(y), scaleY, blockAddressOf(x), scaleX, lengthOf(y));
  }

  dot(x: Parameters, y: Parameters, result: Tensor, column: number): void {
    this.#kernel.vectors_dot(blockAddressOf(x), blockAddressOf(y), lengthOf(x), addressOf(result) + 4 * column);
  }

  clipNorm(gradients: Parameters, maxNorm: number, norm: Tensor): void {
    this.#kernel.vectors_clip_norm(blockAddressOf(gradients), lengthOf(gradients), maxNorm, addressOf(norm));
  }
}
