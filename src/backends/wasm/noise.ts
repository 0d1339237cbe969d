// Noisy networks on the engine: addresses for assembly/kernels/noise.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters, RandomStream } from "../../operations/handles.ts";
import type { NoiseOperations } from "../../operations/noise.ts";
import { blockAddressOf, matrixShapeOf, offsetOf, parameterAddressOf, streamAddressOf } from "./handles.ts";

export class WasmNoise implements NoiseOperations {
  readonly #kernel: EngineExports;

  constructor(engine: Engine) {
    this.#kernel = engine.exports;
  }

  factorized(stream: RandomStream, noise: Parameters, weight: number, bias: number): void {
    const [outputs, inputs] = matrixShapeOf(noise, weight);
    this.#kernel.noise_factorized(
      streamAddressOf(stream),
      parameterAddressOf(noise, weight),
      parameterAddressOf(noise, bias),
      outputs,
      inputs,
    );
  }

  apply(effective: Parameters, trainable: Parameters, noise: Parameters | null): void {
    const n = offsetOf(trainable, effective.specs.length);
    const from = blockAddressOf(trainable);
    if (noise === null) this.#kernel.vectors_copy(blockAddressOf(effective), from, n);
    else this.#kernel.noise_apply(blockAddressOf(effective), from, blockAddressOf(noise), n);
  }

  gradient(gradients: Parameters, dEffective: Parameters, noise: Parameters | null): void {
    const n = offsetOf(gradients, dEffective.specs.length);
    const epsilon = noise === null ? 0 : blockAddressOf(noise);
    this.#kernel.noise_gradient(blockAddressOf(gradients), blockAddressOf(dEffective), epsilon, n);
  }
}
