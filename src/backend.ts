// A backend stores numbers and runs operations on them. Three implementations: reference (plain loops, the specification),
// wasm (the default), webgpu. Agents are made of these operations and never ask which backend they run on.
//
// Outputs are planned tensors: no operation allocates. Each file of operations/ holds one group of operations. Reading a
// tensor is an operation of its own: immediate on a CPU, a promise on a device.

import type { ActionDistributionOperations } from "./operations/action-distribution.ts";
import type { ConvolutionOperations } from "./operations/convolution.ts";
import type { DeviceOperations } from "./operations/device.ts";
import type { ParameterSpec, Parameters, Reading, Tensor } from "./operations/handles.ts";
import type { LayerOperations } from "./operations/layers.ts";
import type { NoiseOperations } from "./operations/noise.ts";
import type { OptimizerOperations } from "./operations/optimizers.ts";
import type { PolicyLossOperations } from "./operations/policy-loss.ts";
import type { PriorityOperations } from "./operations/priorities.ts";
import type { RandomOperations } from "./operations/random.ts";
import type { RecurrentOperations } from "./operations/recurrent.ts";
import type { ReplayOperations } from "./operations/replay.ts";
import type { ReturnDistributionOperations } from "./operations/return-distribution.ts";
import type { RolloutOperations } from "./operations/rollout.ts";
import type { RowOperations } from "./operations/rows.ts";
import type { StateNoiseOperations } from "./operations/state-noise.ts";
import type { ValueLossOperations } from "./operations/value-loss.ts";
import type { VectorOperations } from "./operations/vectors.ts";

/** Memory for tensors and parameters, and all operations on them. */
export interface Backend {
  readonly name: "reference" | "wasm" | "webgpu";
  /** Bytes of memory planned so far. */
  readonly bytes: number;
  /** Operations of a device that works beside the host, such as a GPU. Null where every operation is over when it returns. */
  readonly device: DeviceOperations | null;
  /** Ends the backend's threads. No operation may follow. Absent where the backend has no threads. */
  release?(): void;

  readonly layers: LayerOperations;
  readonly convolution: ConvolutionOperations;
  readonly recurrent: RecurrentOperations;
  readonly noise: NoiseOperations;
  readonly rows: RowOperations;
  readonly vectors: VectorOperations;
  readonly valueLoss: ValueLossOperations;
  readonly returnDistribution: ReturnDistributionOperations;
  readonly actionDistribution: ActionDistributionOperations;
  readonly stateNoise: StateNoiseOperations;
  readonly policyLoss: PolicyLossOperations;
  readonly rollout: RolloutOperations;
  readonly optimizers: OptimizerOperations;
  readonly replay: ReplayOperations;
  readonly priorities: PriorityOperations;
  readonly random: RandomOperations;

  /** Plans a tensor [rows, columns] of zeros. */
  tensor(rows: number, columns: number): Tensor;
  /** Plans a block of parameters of zeros, one array per spec. */
  parameters(specs: readonly ParameterSpec[]): Parameters;
  /** Returns a tensor [1, length] that shares the memory of a vector parameter [length]: a write to one changes both. */
  vector(parameters: Parameters, index: number): Tensor;

  /** Copies `values` (row-major, a whole number of rows) into rows firstRow, firstRow + 1, ... */
  write(tensor: Tensor, values: ArrayLike<number>, firstRow?: number): void;
  /** Returns a fresh row-major copy [rows, columns]. */
  read(tensor: Tensor): Reading;
  /**
   * Returns the number in row 0 and `column`, without waiting or allocating. On a device: the number that was last retrieved or
   * written by the host, 0 before.
   */
  latest(tensor: Tensor, column: number): number;
  /** Copies the first `rows` rows, as `latest` returns them, into `target`: row-major, from `offset` on. */
  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset?: number): void;
  /** Replaces array `index` of the block. @param values row-major [out, in] or [length] */
  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void;
  /** Returns a fresh copy of array `index` of the block, row-major [out, in] or [length]. */
  readParameter(parameters: Parameters, index: number): Reading;
}
