// Blocks of parameters as vectors: the operations that agents of the DQN family need.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { VectorOperations } from "../../operations/vectors.ts";
import type { Commands } from "./commands.ts";
import type { DeviceMemory } from "./device-memory.ts";
import type { GpuParameters } from "./handles.ts";
import { GRADIENT_NORM, GRADIENT_NORM_PARTS, GRADIENT_SCALE, NORM_PARTS, normParts } from "./kernels/gradient-norm.ts";
import { COPY, POLYAK } from "./kernels/optimizer.ts";
import { unsupported } from "./unsupported.ts";

export class WebGpuVectors implements VectorOperations {
  readonly #commands: Commands;
  /** Offset of the partial sums of a gradient's norm. */
  readonly #normParts: number;

  constructor(commands: Commands, memory: DeviceMemory) {
    this.#commands = commands;
    this.#normParts = memory.allocate(NORM_PARTS);
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    if (tau === 1) {
      this.copy(target, online);
      return;
    }
    const { offset, length } = this.#commands.written(target);
    this.#commands
      .linear(POLYAK, length)
      .u32(offset)
      .u32((online as GpuParameters).offset)
      .f32(tau)
      .dispatchLinear(length);
  }

  copy(target: Parameters, source: Parameters): void {
    const { offset, length } = this.#commands.written(target);
    this.#commands
      .linear(COPY, length)
      .u32(offset)
      .u32((source as GpuParameters).offset)
      .dispatchLinear(length);
  }

  combine(): void {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  dot(): void {
    throw unsupported("a policy of its own", "Use an agent of the DQN family");
  }

  clipNorm(gradients: Parameters, maxNorm: number, norm: Tensor): void {
    const { offset, length } = this.#commands.written(gradients);
    const result = this.#commands.output(norm);
    const parts = normParts(length);
    this.#commands.linear(GRADIENT_NORM_PARTS, length).u32(offset).u32(this.#normParts).dispatch(parts);
    this.#commands.linear(GRADIENT_NORM, parts).u32(this.#normParts).u32(result).f32(maxNorm).dispatch(1);
    this.#commands
      .linear(GRADIENT_SCALE, length)
      .u32(offset)
      .u32(result + 1)
      .dispatchLinear(length);
  }
}
