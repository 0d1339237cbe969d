// Layers without convolution or recurrence on the engine: addresses for assembly/kernels/dense.ts, activation.ts,
// layer-norm.ts and dueling.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import { type Activation, type LayerOperations, needsPreactivation } from "../../operations/layers.ts";
import { ACTIVATION_CODE } from "./activation-code.ts";
import { addressOf, gradientAddressOf, parameterAddressOf, type WasmParameters, type WasmTensor } from "./handles.ts";

export class WasmLayers implements LayerOperations {
  readonly #engine: Engine;
  readonly #kernel: EngineExports;
  #scratch = 0;
  #scratchBytes = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  denseForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void {
    const input = x as WasmTensor;
    const output = y as WasmTensor;
    const p = parameters as WasmParameters;
    this.#kernel.dense_forward(
      rows,
      input.columns,
      output.columns,
      input.address,
      input.stride,
      p.addresses[weight],
      p.addresses[bias],
      ACTIVATION_CODE[activation],
      output.address,
      needsPreactivation(activation) ? addressOf(z) : 0,
      output.stride,
    );
  }

  denseBackward(
    rows: number,
    x: Tensor,
    y: Tensor,
    z: Tensor | null,
    dy: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    gradients: Parameters | null,
    dx: Tensor | null,
  ): void {
    const input = x as WasmTensor;
    const slope = dy as WasmTensor;
    this.#reserveScratch(rows, input.columns, slope.columns);
    this.#kernel.dense_backward(
      rows,
      input.columns,
      slope.columns,
      input.address,
      input.stride,
      addressOf(y),
      addressOf(z),
      slope.address,
      slope.stride,
      parameterAddressOf(parameters, weight),
      ACTIVATION_CODE[activation],
      gradientAddressOf(gradients, weight),
      gradientAddressOf(gradients, bias),
      addressOf(dx),
      this.#scratch,
    );
  }

  /** Scratch memory. It grows until the first backward pass of the largest layer, then never again. */
  #reserveScratch(rows: number, inputs: number, outputs: number): void {
    const bytes = this.#kernel.dense_scratch_bytes(rows, inputs, outputs);
    if (bytes <= this.#scratchBytes) return;
    this.#scratch = this.#engine.allocate(bytes);
    this.#scratchBytes = bytes;
  }

  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void {
    const t = z as WasmTensor;
    this.#kernel.activation_forward(ACTIVATION_CODE[activation], t.address, addressOf(y), (rows * t.stride) / 4);
  }

  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void {
    const t = dy as WasmTensor;
    this.#kernel.activation_backward(
      ACTIVATION_CODE[activation],
      t.address,
      addressOf(y),
      addressOf(z),
      (rows * t.stride) / 4,
    );
  }

  layerNormForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    epsilon: number,
    y: Tensor,
    statistics: Tensor,
  ): void {
    const t = x as WasmTensor;
    const p = parameters as WasmParameters;
    this.#kernel.layer_norm_forward(
      rows,
      t.columns,
      t.address,
      t.stride,
      p.addresses[scale],
      p.addresses[shift],
      epsilon,
      addressOf(y),
      addressOf(statistics),
    );
  }

  layerNormBackward(
    rows: number,
    x: Tensor,
    statistics: Tensor,
    dy: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    gradients: Parameters | null,
    dx: Tensor,
  ): void {
    const t = x as WasmTensor;
    this.#kernel.layer_norm_backward(
      rows,
      t.columns,
      t.address,
      t.stride,
      addressOf(statistics),
      addressOf(dy),
      parameterAddressOf(parameters, scale),
      gradientAddressOf(gradients, scale),
      gradientAddressOf(gradients, shift),
      addressOf(dx),
    );
  }

  duelingForward(rows: number, head: Tensor, q: Tensor, atoms: number = 1): void {
    const from = head as WasmTensor;
    const to = q as WasmTensor;
    this.#kernel.dueling_forward(rows, to.columns / atoms, atoms, from.address, from.stride, to.address, to.stride);
  }

  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms: number = 1): void {
    const from = dQ as WasmTensor;
    const to = dHead as WasmTensor;
    this.#kernel.dueling_backward(rows, from.columns / atoms, atoms, from.address, from.stride, to.address, to.stride);
  }
}
