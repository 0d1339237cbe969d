// Recurrent networks on the engine: addresses for assembly/kernels/gru.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { GruPass, RecurrentOperations } from "../../operations/recurrent.ts";
import { addressOf, parameterAddressOf, strideOf } from "./handles.ts";

export class WasmRecurrent implements RecurrentOperations {
  readonly #kernel: EngineExports;
  readonly #engine: Engine;
  #scratch = 0;
  #scratchBytes = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  gruForward(
    steps: number,
    sequences: number,
    pass: GruPass,
    parameters: Parameters,
    weight: number,
    bias: number,
  ): void {
    this.#kernel.gru_forward(
      steps,
      sequences,
      pass.output.columns,
      addressOf(pass.start),
      addressOf(pass.state),
      parameterAddressOf(parameters, weight),
      parameterAddressOf(parameters, bias),
      addressOf(pass.input),
      addressOf(pass.recurrent),
      strideOf(pass.input),
      addressOf(pass.previous),
      addressOf(pass.output),
      strideOf(pass.output),
    );
  }

  gruBackward(
    steps: number,
    sequences: number,
    pass: GruPass,
    parameters: Parameters,
    weight: number,
    dOutput: Tensor,
  ): void {
    const units = pass.output.columns;
    this.#reserveScratch(this.#kernel.gru_scratch_bytes(sequences, units));
    this.#kernel.gru_backward(
      steps,
      sequences,
      units,
      addressOf(pass.start),
      parameterAddressOf(parameters, weight),
      addressOf(pass.input),
      addressOf(pass.recurrent),
      strideOf(pass.input),
      addressOf(pass.previous),
      addressOf(dOutput),
      strideOf(dOutput),
      this.#scratch,
    );
  }

  /** Scratch memory. It grows until the first backward pass of the largest layer, then never again. */
  #reserveScratch(bytes: number): void {
    if (bytes <= this.#scratchBytes) return;
    this.#scratch = this.#engine.allocate(bytes);
    this.#scratchBytes = bytes;
  }
}
