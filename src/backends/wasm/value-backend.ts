// The default backend as far as agents that learn values from a replay need it: memory, and all groups of operations but those of
// policies and rollouts. A bundle with such agents alone does not carry the other groups (wasm-backend.ts adds them).
//
// Every operation is one or two calls into the WebAssembly engine. Each group of operations has a file.

import type { Backend } from "../../backend.ts";
import { Engine, type EngineBinary } from "../../engine/engine.ts";
import { UnsupportedError } from "../../errors.ts";
import type { ActionDistributionOperations } from "../../operations/action-distribution.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../operations/handles.ts";
import type { PolicyLossOperations } from "../../operations/policy-loss.ts";
import type { RecurrentOperations } from "../../operations/recurrent.ts";
import type { RolloutOperations } from "../../operations/rollout.ts";
import type { StateNoiseOperations } from "../../operations/state-noise.ts";
import { restore, store } from "../parameter-layout.ts";
import { WasmConvolution } from "./convolution.ts";
import { parameterAddressOf, WasmParameters, WasmTensor } from "./handles.ts";
import { WasmLayers } from "./layers.ts";
import { WasmNoise } from "./noise.ts";
import { WasmOptimizers } from "./optimizers.ts";
import { WasmPriorities } from "./priorities.ts";
import { WasmRandom } from "./random.ts";
import { WasmReplay } from "./replay.ts";
import { WasmReturnDistribution } from "./return-distribution.ts";
import { WasmRows } from "./rows.ts";
import { WasmValueLoss } from "./value-loss.ts";
import { WasmVectors } from "./vectors.ts";

export class WasmValueBackend implements Backend {
  readonly name = "wasm";
  readonly device = null;
  readonly engine: Engine;
  readonly layers: WasmLayers;
  readonly convolution: WasmConvolution;
  readonly noise: WasmNoise;
  readonly rows: WasmRows;
  readonly vectors: WasmVectors;
  readonly valueLoss: WasmValueLoss;
  readonly returnDistribution: WasmReturnDistribution;
  readonly optimizers: WasmOptimizers;
  readonly replay: WasmReplay;
  readonly priorities: WasmPriorities;
  readonly random: WasmRandom;

  /** @param engine a binary, or an engine whose memory no other backend uses */
  constructor(engine?: EngineBinary | Engine) {
    this.engine = engine instanceof Engine ? engine : new Engine(engine);
    this.layers = new WasmLayers(this.engine);
    this.convolution = new WasmConvolution(this.engine);
    this.noise = new WasmNoise(this.engine);
    this.rows = new WasmRows(this.engine);
    this.vectors = new WasmVectors(this.engine);
    this.valueLoss = new WasmValueLoss(this.engine);
    this.returnDistribution = new WasmReturnDistribution(this.engine);
    this.optimizers = new WasmOptimizers(this.engine);
    this.replay = new WasmReplay(this.engine);
    this.priorities = new WasmPriorities(this.engine);
    this.random = new WasmRandom(this.engine);
  }

  get recurrent(): RecurrentOperations {
    throw lacking();
  }

  get actionDistribution(): ActionDistributionOperations {
    throw lacking();
  }

  get stateNoise(): StateNoiseOperations {
    throw lacking();
  }

  get policyLoss(): PolicyLossOperations {
    throw lacking();
  }

  get rollout(): RolloutOperations {
    throw lacking();
  }

  get bytes(): number {
    return this.engine.bytes;
  }

  tensor(rows: number, columns: number): Tensor {
    return new WasmTensor(this.engine, rows, columns);
  }

  parameters(specs: readonly ParameterSpec[]): Parameters {
    return new WasmParameters(this.engine, specs);
  }

  vector(parameters: Parameters, index: number): Tensor {
    const length = parameters.specs[index].shape[0];
    return new WasmTensor(this.engine, 1, length, parameterAddressOf(parameters, index));
  }

  write(tensor: Tensor, values: ArrayLike<number>, firstRow: number = 0): void {
    const t = tensor as WasmTensor;
    const view = this.#view(t);
    const width = t.stride / 4;
    let from = 0;
    for (let r = firstRow; from < values.length; r++) {
      for (let to = r * width, end = to + t.columns; to < end; to++) view[to] = values[from++];
    }
  }

  read(tensor: Tensor): Float32Array {
    const t = tensor as WasmTensor;
    const view = this.#view(t);
    const width = t.stride / 4;
    if (width === t.columns) return view.slice(0, t.rows * width);
    const values = new Float32Array(t.rows * t.columns);
    for (let r = 0; r < t.rows; r++) values.set(view.subarray(r * width, r * width + t.columns), r * t.columns);
    return values;
  }

  latest(tensor: Tensor, column: number): number {
    return this.#view(tensor as WasmTensor)[column];
  }

  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset: number = 0): void {
    const t = tensor as WasmTensor;
    const view = this.#view(t);
    const width = t.stride / 4;
    let to = offset;
    for (let r = 0; r < rows; r++) {
      for (let from = r * width, end = from + t.columns; from < end; from++) target[to++] = view[from];
    }
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    const p = parameters as WasmParameters;
    store(p.specs[index], values, this.engine.f32(p.address, p.length), p.offsets[index]);
  }

  readParameter(parameters: Parameters, index: number): Float32Array {
    const p = parameters as WasmParameters;
    return restore(p.specs[index], this.engine.f32(p.address, p.length), p.offsets[index]);
  }

  /** Returns a view of the tensor's memory. When planning makes the memory grow, old views are detached and made again. */
  #view(t: WasmTensor): Float32Array {
    return t.view.byteLength === 0 ? t.renew(this.engine) : t.view;
  }
}

function lacking(): UnsupportedError {
  return new UnsupportedError(
    "wasm: backend expected operations of policies and rollouts, got none. Use open for the context.",
  );
}
