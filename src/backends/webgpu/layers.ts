// Layers other than convolutional and recurrent ones.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import { type Activation, type LayerOperations, needsPreactivation } from "../../operations/layers.ts";
import type { CommandStream } from "./command-stream.ts";
import type { Commands } from "./commands.ts";
import type { GpuParameters } from "./handles.ts";
import { type Kernel, NONE } from "./kernel.ts";
import { ACTIVATION_BACKWARD, ACTIVATION_CODE, ACTIVATION_FORWARD } from "./kernels/activation.ts";
import { DENSE_FORWARD, DENSE_INPUT_GRADIENT, DENSE_TILE, DENSE_WEIGHT_GRADIENT } from "./kernels/dense.ts";
import { DUELING_BACKWARD, DUELING_FORWARD } from "./kernels/dueling.ts";
import { LAYER_NORM_BACKWARD, LAYER_NORM_FORWARD, LAYER_NORM_PARAMETER_GRADIENT } from "./kernels/layer-norm.ts";

/** Number of workgroups of kernels that go over rows. */
const MAX_ROW_GROUPS = 1024;

function tiles(n: number): number {
  return Math.ceil(n / DENSE_TILE);
}

export class WebGpuLayers implements LayerOperations {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
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
    const { offsets } = parameters as GpuParameters;
    const before = needsPreactivation(activation) ? this.#commands.output(z!) : NONE;
    const [from, to] = [this.#commands.input(x), this.#commands.output(y)];
    this.#product(DENSE_FORWARD, rows, y.columns, x.columns, from, offsets[weight], to)
      .u32(offsets[bias])
      .u32(ACTIVATION_CODE[activation])
      .u32(before)
      .dispatch(tiles(y.columns), tiles(rows));
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
    this.activationBackward(rows, dy, y, z, activation);
    const [inputs, outputs] = [x.columns, dy.columns];
    const dz = this.#commands.input(dy);
    if (gradients !== null) {
      const from = this.#commands.input(x);
      const g = this.#commands.written(gradients);
      this.#product(DENSE_WEIGHT_GRADIENT, outputs, inputs, rows, dz, from, g.offsets[weight])
        .u32(g.offsets[bias])
        .dispatch(tiles(inputs), tiles(outputs));
    }
    if (dx === null) return;
    const w = (parameters as GpuParameters).offsets[weight];
    const to = this.#commands.output(dx);
    this.#product(DENSE_INPUT_GRADIENT, rows, inputs, outputs, dz, w, to).dispatch(tiles(inputs), tiles(rows));
  }

  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void {
    const n = rows * z.columns;
    const [from, to] = [this.#commands.input(z), this.#commands.output(y)];
    this.#commands.linear(ACTIVATION_FORWARD, n).u32(ACTIVATION_CODE[activation]).u32(from).u32(to).dispatchLinear(n);
  }

  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void {
    if (activation === "identity") return;
    const n = rows * dy.columns;
    const before = needsPreactivation(activation) ? this.#commands.input(z!) : NONE;
    const [after, slope] = [this.#commands.input(y), this.#commands.output(dy)];
    this.#commands
      .linear(ACTIVATION_BACKWARD, n)
      .u32(ACTIVATION_CODE[activation])
      .u32(slope)
      .u32(after)
      .u32(before)
      .dispatchLinear(n);
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
    const { offsets } = parameters as GpuParameters;
    const [from, to, means] = [this.#commands.input(x), this.#commands.output(y), this.#commands.output(statistics)];
    this.#commands.stream
      .begin(LAYER_NORM_FORWARD)
      .u32(rows)
      .u32(x.columns)
      .u32(from)
      .u32(offsets[scale])
      .u32(offsets[shift])
      .f32(epsilon)
      .u32(to)
      .u32(means)
      .dispatch(Math.min(rows, MAX_ROW_GROUPS));
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
    const { columns } = x;
    const [from, means, slope, to] = [
      this.#commands.input(x),
      this.#commands.input(statistics),
      this.#commands.input(dy),
      this.#commands.output(dx),
    ];
    if (gradients !== null) {
      const g = this.#commands.written(gradients);
      this.#commands
        .linear(LAYER_NORM_PARAMETER_GRADIENT, columns)
        .u32(rows)
        .u32(from)
        .u32(means)
        .u32(slope)
        .u32(g.offsets[scale])
        .u32(g.offsets[shift])
        .dispatchLinear(columns);
    }
    this.#commands.stream
      .begin(LAYER_NORM_BACKWARD)
      .u32(rows)
      .u32(columns)
      .u32(from)
      .u32(means)
      .u32(slope)
      .u32((parameters as GpuParameters).offsets[scale])
      .u32(to)
      .dispatch(Math.min(rows, MAX_ROW_GROUPS));
  }

  duelingForward(rows: number, head: Tensor, q: Tensor, atoms: number = 1): void {
    const n = rows * atoms;
    const [from, to] = [this.#commands.input(head), this.#commands.output(q)];
    this.#commands
      .linear(DUELING_FORWARD, n)
      .u32(q.columns / atoms)
      .u32(atoms)
      .u32(from)
      .u32(to)
      .dispatchLinear(n);
  }

  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms: number = 1): void {
    const n = rows * atoms;
    const [from, to] = [this.#commands.input(dQ), this.#commands.output(dHead)];
    this.#commands
      .linear(DUELING_BACKWARD, n)
      .u32(dQ.columns / atoms)
      .u32(atoms)
      .u32(to)
      .u32(from)
      .dispatchLinear(n);
  }

  #product(kernel: Kernel, m: number, n: number, k: number, a: number, b: number, c: number): CommandStream {
    return this.#commands.stream.begin(kernel).u32(m).u32(n).u32(k).u32(a).u32(b).u32(c);
  }
}
