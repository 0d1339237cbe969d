// A backend: the place where numbers lie and operations on them run. Three implementations: reference (plain loops, the
// specification), wasm (the default), webgpu. Agents are made of these operations and never ask which backend they run on.
//
// Outputs are planned tensors: no operation allocates. Operations are grouped by what they compute, a file of operations/
// each; reading a handle is an operation of its own, immediate on a CPU, a promise on a device.

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

export interface Backend {
  readonly name: "reference" | "wasm" | "webgpu";
  /** Bytes planned so far. */
  readonly bytes: number;
  /** Requests to a backend that works apart from the host; null where an operation is over when it returns. */
  readonly device: DeviceOperations | null;
  /** Ends threads that work beside the caller; absent where there are none. No operation follows. */
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

  tensor(rows: number, columns: number): Tensor;
  parameters(specs: readonly ParameterSpec[]): Parameters;
  /** The numbers of a spec [length] as a tensor [1, length] in the same place: what is written to one is read from the other. */
  vector(parameters: Parameters, index: number): Tensor;

  /** Copies `values` (row-major, a whole number of rows) into rows firstRow, firstRow + 1, ... */
  write(tensor: Tensor, values: ArrayLike<number>, firstRow?: number): void;
  /** A fresh row-major copy [rows, columns]. */
  read(tensor: Tensor): Reading;
  /** Row 0's number in `column`, without waiting or allocating: on a device the one last retrieved or written (0 before). */
  latest(tensor: Tensor, column: number): number;
  /** The same for the first `rows` rows: copied into `target`, row-major, from `offset` on. */
  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset?: number): void;
  /** @param values row-major [out, in] or [length] */
  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void;
  readParameter(parameters: Parameters, index: number): Reading;
}
