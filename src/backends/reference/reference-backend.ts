// The reference backend: every operation is a plain loop, rounded to float32 after each step. It is the specification: other
// backends must agree with it bit for bit (test/conformance). The loops lie beside this file, one idea a file.

import type { Backend } from "../../backend.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../operations/handles.ts";
import { restore, store } from "../parameter-layout.ts";
import { ReferenceActionDistribution } from "./action-distribution.ts";
import { ReferenceConvolution } from "./convolution.ts";
import { arrayOf, dataOf, ReferenceParameters, ReferenceTensor } from "./handles.ts";
import { ReferenceLayers } from "./layers.ts";
import { ReferenceNoise } from "./noise.ts";
import { ReferenceOptimizers } from "./optimizers.ts";
import { ReferencePolicyLoss } from "./policy-loss.ts";
import { ReferencePriorities } from "./priorities.ts";
import { ReferenceRandom } from "./random.ts";
import { ReferenceRecurrent } from "./recurrent.ts";
import { ReferenceReplay } from "./replay.ts";
import { ReferenceReturnDistribution } from "./return-distribution.ts";
import { ReferenceRollout } from "./rollout.ts";
import { ReferenceRows } from "./rows.ts";
import { ReferenceStateNoise } from "./state-noise.ts";
import { ReferenceValueLoss } from "./value-loss.ts";
import { ReferenceVectors } from "./vectors.ts";

export class ReferenceBackend implements Backend {
  readonly name = "reference";
  readonly device = null;
  readonly layers: ReferenceLayers = new ReferenceLayers();
  readonly convolution: ReferenceConvolution = new ReferenceConvolution();
  readonly recurrent: ReferenceRecurrent = new ReferenceRecurrent();
  readonly noise: ReferenceNoise = new ReferenceNoise();
  readonly rows: ReferenceRows = new ReferenceRows();
  readonly vectors: ReferenceVectors = new ReferenceVectors();
  readonly valueLoss: ReferenceValueLoss = new ReferenceValueLoss();
  readonly returnDistribution: ReferenceReturnDistribution = new ReferenceReturnDistribution();
  readonly actionDistribution: ReferenceActionDistribution = new ReferenceActionDistribution();
  readonly stateNoise: ReferenceStateNoise = new ReferenceStateNoise();
  readonly policyLoss: ReferencePolicyLoss = new ReferencePolicyLoss();
  readonly rollout: ReferenceRollout = new ReferenceRollout();
  readonly optimizers: ReferenceOptimizers = new ReferenceOptimizers();
  readonly replay: ReferenceReplay = new ReferenceReplay();
  readonly priorities: ReferencePriorities = new ReferencePriorities();
  readonly random: ReferenceRandom = new ReferenceRandom();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes + this.replay.bytes + this.priorities.bytes + this.random.bytes;
  }

  tensor(rows: number, columns: number): Tensor {
    const tensor = new ReferenceTensor(rows, columns);
    this.#bytes += tensor.data.byteLength;
    return tensor;
  }

  parameters(specs: readonly ParameterSpec[]): Parameters {
    const parameters = new ReferenceParameters(specs);
    this.#bytes += parameters.block.byteLength;
    return parameters;
  }

  vector(parameters: Parameters, index: number): Tensor {
    const length = parameters.specs[index].shape[0];
    return new ReferenceTensor(1, length, arrayOf(parameters, index).subarray(0, length));
  }

  write(tensor: Tensor, values: ArrayLike<number>, firstRow: number = 0): void {
    dataOf(tensor).set(values, firstRow * tensor.columns);
  }

  read(tensor: Tensor): Float32Array {
    return dataOf(tensor).slice();
  }

  latest(tensor: Tensor, column: number): number {
    return dataOf(tensor)[column];
  }

  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset: number = 0): void {
    target.set(dataOf(tensor).subarray(0, rows * tensor.columns), offset);
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    store(parameters.specs[index], values, arrayOf(parameters, index), 0);
  }

  readParameter(parameters: Parameters, index: number): Float32Array {
    return restore(parameters.specs[index], arrayOf(parameters, index), 0);
  }
}
