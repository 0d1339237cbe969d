// Convolutional layers on the engine: plans and addresses for assembly/kernels/conv2d.ts.

import type { EngineExports } from "#engine";
import type { Engine } from "../../engine/engine.ts";
import {
  type Convolution,
  type ConvolutionOperations,
  type ConvolutionShape,
  convolutionOutput,
} from "../../operations/convolution.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import { type Activation, needsPreactivation } from "../../operations/layers.ts";
import { roundUp } from "../parameter-layout.ts";
import { ACTIVATION_CODE } from "./activation-code.ts";
import { addressOf, gradientAddressOf, parameterAddressOf, strideOf } from "./handles.ts";

/** Words before a plan's tables, and rows of a tile. */
const HEADER = 12;
const TILE = 5;

class WasmConvolutionPlan implements Convolution {
  readonly shape: ConvolutionShape;
  readonly outputs: number;
  /** Address of the plan, which the kernels read. */
  readonly address: number;

  constructor(engine: Engine, shape: ConvolutionShape) {
    const { channels, height, width, filters, kernel, stride, scale } = shape;
    const output = convolutionOutput(shape);
    const positions = output.height * output.width;
    const taps = channels * kernel * kernel;
    const tapsFrom = HEADER + roundUp(positions, TILE);
    const words = tapsFrom + roundUp(taps, TILE);
    this.shape = shape;
    this.outputs = filters * positions;
    this.address = engine.allocate(words * 4);
    const table = engine.u32(this.address, words);
    table.set([channels, height, width, filters, kernel, stride, 0, output.height, output.width]);
    engine.f32(this.address, HEADER)[6] = scale;
    for (let n = HEADER; n < tapsFrom; n++) {
      const p = Math.min(n - HEADER, positions - 1);
      const u = Math.floor(p / output.width);
      table[n] = 4 * stride * (u * width + (p - u * output.width));
    }
    for (let n = tapsFrom; n < words; n++) {
      const tap = Math.min(n - tapsFrom, taps - 1);
      const line = Math.floor(tap / kernel);
      const channel = Math.floor(line / kernel);
      table[n] = 4 * ((channel * height + (line - channel * kernel)) * width + (tap - line * kernel));
    }
  }
}

export class WasmConvolution implements ConvolutionOperations {
  readonly #engine: Engine;
  readonly #kernel: EngineExports;
  /** Address of the scratch memory. It is as large as the largest plan needs; all passes share it, one after the other. */
  #scratch = 0;
  #scratchBytes = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#kernel = engine.exports;
  }

  plan(shape: ConvolutionShape): Convolution {
    const plan = new WasmConvolutionPlan(this.#engine, shape);
    const bytes = this.#kernel.conv2d_scratch_bytes(plan.address);
    if (bytes > this.#scratchBytes) {
      this.#scratch = this.#engine.allocate(bytes);
      this.#scratchBytes = bytes;
    }
    return plan;
  }

  forward(
    rows: number,
    convolution: Convolution,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void {
    this.#kernel.conv2d_forward(
      (convolution as WasmConvolutionPlan).address,
      rows,
      addressOf(x),
      strideOf(x),
      parameterAddressOf(parameters, weight),
      parameterAddressOf(parameters, bias),
      ACTIVATION_CODE[activation],
      addressOf(y),
      needsPreactivation(activation) ? addressOf(z) : 0,
      strideOf(y),
      this.#scratch,
    );
  }

  backward(
    rows: number,
    convolution: Convolution,
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
    this.#kernel.conv2d_backward(
      (convolution as WasmConvolutionPlan).address,
      rows,
      addressOf(x),
      strideOf(x),
      addressOf(y),
      addressOf(z),
      addressOf(dy),
      strideOf(dy),
      parameterAddressOf(parameters, weight),
      ACTIVATION_CODE[activation],
      gradientAddressOf(gradients, weight),
      gradientAddressOf(gradients, bias),
      addressOf(dx),
      this.#scratch,
    );
  }
}
