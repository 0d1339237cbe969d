// The default backend: every operation is one or two calls into the WebAssembly engine.

import type { EngineExports } from "#engine";
import type {
  Activation,
  AdamStep,
  Backend,
  Batch,
  MunchausenUpdate,
  ParameterSpec,
  Parameters,
  RandomStream,
  ReplayContents,
  ReplayMemory,
  ReplaySpec,
  RmspropStep,
  TdUpdate,
  Tensor,
  ValueRegression,
} from "../../backend.ts";
import { needsPreactivation } from "../../backend.ts";
import { Engine, type EngineBinary } from "../../engine/engine.ts";
import { restore, roundUp, store } from "../parameter-layout.ts";
import { firstStreamState } from "../stream-seed.ts";
import { ACTIVATION_CODE } from "./activation-code.ts";
import { WasmConvolution } from "./convolution.ts";
import { WasmDistributional } from "./distributional.ts";
import {
  addressOf,
  blockAddressOf,
  parameterAddressOf,
  streamAddressOf,
  WasmParameters,
  WasmStream,
  WasmTensor,
} from "./handles.ts";
import { WasmNoise } from "./noise.ts";
import { WasmPolicy } from "./policy.ts";
import { WasmPriorities } from "./priorities.ts";
import { WasmRecurrent } from "./recurrent.ts";
import { WasmRollout } from "./rollout.ts";

/** Codes of assembly/kernels/value-regression.ts. */
const LOSS_CODE = { mse: 0, huber: 1 } as const;
/** Codes of assembly/replay/ring-buffer.ts. */
const STORAGE_CODE = { float32: 0, uint8: 1, "one-hot": 2 } as const;

/** Bytes of one observation in a storage. */
function observationBytes(spec: ReplaySpec): number {
  if (spec.observationStorage === "one-hot") return 4;
  return spec.observationSize * (spec.observationStorage === "uint8" ? 1 : 4);
}

/** Records of assembly/replay/ring-buffer.ts. */
class WasmReplay implements ReplayMemory {
  readonly spec: ReplaySpec;
  readonly bytes: number;
  readonly descriptor: number;
  readonly address: number;
  /** Bytes of one observation and of one record, and where a record's action begins. */
  readonly observationBytes: number;
  readonly stride: number;
  readonly actionOffset: number;

  constructor(engine: Engine, spec: ReplaySpec) {
    this.spec = spec;
    this.observationBytes = observationBytes(spec);
    this.actionOffset = roundUp(2 * this.observationBytes, 4);
    this.stride = this.actionOffset + 4 * (spec.actionSize + 2);
    const before = engine.bytes;
    // Slack: a gather may read the last record in whole vectors.
    const { capacity } = spec;
    this.address = engine.allocate(capacity * this.stride + 16, {
      capacity,
      what: "transitions",
      bytesEach: this.stride,
    });
    this.descriptor = engine.allocate(32);
    this.bytes = engine.bytes - before;
    const storage = STORAGE_CODE[spec.observationStorage];
    engine
      .u32(this.descriptor, 7)
      .set([
        this.address,
        this.stride,
        this.observationBytes,
        this.actionOffset,
        storage,
        spec.observationSize,
        spec.actionSize,
      ]);
  }
}

export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly device = null;
  readonly engine: Engine;
  readonly convolution: WasmConvolution;
  readonly noise: WasmNoise;
  readonly distributional: WasmDistributional;
  readonly priorities: WasmPriorities;
  readonly rollout: WasmRollout;
  readonly policy: WasmPolicy;
  readonly recurrent: WasmRecurrent;
  readonly #kernel: EngineExports;
  #scratch = 0;
  #scratchBytes = 0;

  /** @param engine a binary, or an engine that nothing was planned in for others */
  constructor(engine?: EngineBinary | Engine) {
    this.engine = engine instanceof Engine ? engine : new Engine(engine);
    this.#kernel = this.engine.exports;
    this.convolution = new WasmConvolution(this.engine);
    this.noise = new WasmNoise(this.engine);
    this.distributional = new WasmDistributional(this.engine);
    this.priorities = new WasmPriorities(this.engine);
    this.rollout = new WasmRollout(this.engine);
    this.policy = new WasmPolicy(this.engine);
    this.recurrent = new WasmRecurrent(this.engine);
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

  randomStream(seed: number, purpose: string): RandomStream {
    const stream = new WasmStream(this.engine, purpose);
    this.writeStream(stream, firstStreamState(seed, purpose));
    return stream;
  }

  replayMemory(spec: ReplaySpec): ReplayMemory {
    return new WasmReplay(this.engine, spec);
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

  copyColumns(rows: number, source: Tensor, from: number, target: Tensor, to: number, count: number): void {
    const [s, t] = [source as WasmTensor, target as WasmTensor];
    this.#kernel.rows_copy_columns(rows, s.address + from * 4, s.stride, t.address + to * 4, t.stride, count);
  }

  /** The tensor's memory; a view is detached, and made again, when planning made the memory grow. */
  #view(t: WasmTensor): Float32Array {
    return t.view.byteLength === 0 ? t.renew(this.engine) : t.view;
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    const p = parameters as WasmParameters;
    store(p.specs[index], values, this.engine.f32(p.address, p.length), p.offsets[index]);
  }

  readParameter(parameters: Parameters, index: number): Float32Array {
    const p = parameters as WasmParameters;
    return restore(p.specs[index], this.engine.f32(p.address, p.length), p.offsets[index]);
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
    gradients: Parameters,
    dx: Tensor | null,
  ): void {
    const input = x as WasmTensor;
    const slope = dy as WasmTensor;
    const g = gradients as WasmParameters;
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
      g.addresses[weight],
      g.addresses[bias],
      addressOf(dx),
      this.#scratch,
    );
  }

  /** Grows at the first backward pass of the largest layer, then never again. */
  #reserveScratch(rows: number, inputs: number, outputs: number): void {
    const bytes = this.#kernel.dense_scratch_bytes(rows, inputs, outputs);
    if (bytes <= this.#scratchBytes) return;
    this.#scratch = this.engine.allocate(bytes);
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

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_add_scaled(t.address, scale, addressOf(y), (rows * t.stride) / 4);
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
    gradients: Parameters,
    dx: Tensor,
  ): void {
    const t = x as WasmTensor;
    const g = gradients as WasmParameters;
    this.#kernel.layer_norm_backward(
      rows,
      t.columns,
      t.address,
      t.stride,
      addressOf(statistics),
      addressOf(dy),
      parameterAddressOf(parameters, scale),
      g.addresses[scale],
      g.addresses[shift],
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

  softmax(rows: number, x: Tensor, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_softmax(rows, t.columns, t.address, addressOf(y), t.stride);
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    const t = x as WasmTensor;
    this.#kernel.rows_log_softmax(rows, t.columns, t.address, addressOf(y), t.stride);
  }

  argmax(row: number, x: Tensor, mask: Tensor | null): number {
    const t = x as WasmTensor;
    return this.#kernel.rows_argmax(t.address + row * t.stride, t.columns, addressOf(mask));
  }

  sampleCategorical(
    stream: RandomStream,
    row: number,
    logits: Tensor,
    temperature: number,
    mask: Tensor | null,
  ): number {
    const t = logits as WasmTensor;
    return this.#kernel.random_categorical(
      streamAddressOf(stream),
      t.address + row * t.stride,
      t.columns,
      temperature,
      addressOf(mask),
    );
  }

  tdUpdate(rows: number, update: TdUpdate): void {
    const q = update.q as WasmTensor;
    const { batch } = update;
    this.#kernel.td_update(
      rows,
      q.columns,
      q.stride,
      q.address,
      addressOf(update.nextQ),
      addressOf(update.selectionQ ?? update.nextQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      addressOf(batch.weight),
      LOSS_CODE[update.loss],
      addressOf(update.dQ),
      addressOf(update.target),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }

  munchausenUpdate(rows: number, update: MunchausenUpdate): void {
    const q = update.q as WasmTensor;
    const { batch } = update;
    this.#kernel.munchausen_targets(
      rows,
      q.columns,
      q.stride,
      addressOf(update.policyQ),
      addressOf(update.nextQ),
      addressOf(batch.action),
      addressOf(batch.reward),
      addressOf(batch.discount),
      update.alpha,
      update.temperature,
      update.clip,
      addressOf(update.target),
    );
    this.#regress(rows, q, batch.action, batch.weight, update);
  }

  valueRegression(rows: number, update: ValueRegression): void {
    this.#regress(rows, update.q as WasmTensor, update.action, update.weight, update);
  }

  #regress(
    rows: number,
    q: WasmTensor,
    action: Tensor,
    weight: Tensor | null,
    update: Omit<ValueRegression, "q" | "action" | "weight">,
  ): void {
    this.#kernel.value_regression(
      rows,
      q.stride,
      q.address,
      addressOf(action),
      addressOf(update.target),
      addressOf(weight),
      LOSS_CODE[update.loss],
      addressOf(update.dQ),
      addressOf(update.absError),
      addressOf(update.metrics),
    );
  }

  clipGradientNorm(gradients: Parameters, maxNorm: number, metrics: Tensor): void {
    const g = gradients as WasmParameters;
    this.#kernel.vectors_clip_norm(g.address, g.length, maxNorm, addressOf(metrics) + 8);
  }

  adamStep(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    const p = parameters as WasmParameters;
    this.#kernel.adam_step(
      p.address,
      blockAddressOf(gradients),
      blockAddressOf(m),
      blockAddressOf(v),
      p.length,
      1 - step.learningRate * step.weightDecay,
      step.learningRate / step.biasCorrection1,
      1 - step.beta1,
      step.beta2,
      1 - step.beta2,
      1 / Math.sqrt(step.biasCorrection2),
      step.epsilon,
    );
  }

  rmspropStep(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    const p = parameters as WasmParameters;
    this.#kernel.rmsprop_step(
      p.address,
      blockAddressOf(gradients),
      blockAddressOf(v),
      mean === null ? 0 : blockAddressOf(mean),
      p.length,
      step.learningRate,
      step.alpha,
      1 - step.alpha,
      step.rootEpsilon ?? 0,
      step.epsilon,
    );
  }

  sgdStep(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    const p = parameters as WasmParameters;
    this.#kernel.sgd_step(
      p.address,
      blockAddressOf(gradients),
      velocity === null ? 0 : blockAddressOf(velocity),
      p.length,
      learningRate,
      momentum,
    );
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    const t = target as WasmParameters;
    if (tau === 1) this.copyParameters(target, online);
    else this.#kernel.vectors_polyak(t.address, blockAddressOf(online), t.length, tau);
  }

  copyParameters(target: Parameters, source: Parameters): void {
    const to = target as WasmParameters;
    this.#kernel.vectors_copy(to.address, blockAddressOf(source), to.length);
  }

  uniform(stream: RandomStream): number {
    return this.#kernel.random_uniform(streamAddressOf(stream));
  }

  randomIndex(stream: RandomStream, n: number): number {
    return this.#kernel.random_index(streamAddressOf(stream), n) >>> 0;
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    const t = tensor as WasmTensor;
    this.#kernel.random_fill_uniform(streamAddressOf(stream), t.address, t.rows, t.columns, t.stride, low, high);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    const t = tensor as WasmTensor;
    const { address } = stream as WasmStream;
    this.#kernel.random_fill_normal(address, t.address, t.rows, t.columns, t.stride, mean, deviation);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    const t = order as WasmTensor;
    this.#kernel.random_permutation(streamAddressOf(stream), t.address, t.columns);
  }

  readStream(stream: RandomStream): Uint32Array {
    return this.engine.u32(streamAddressOf(stream), 4).slice();
  }

  writeStream(stream: RandomStream, state: ArrayLike<number>): void {
    this.engine.u32(streamAddressOf(stream), 4).set(state);
  }

  replayStore(
    memory: ReplayMemory,
    slot: number,
    observation: Tensor,
    action: Tensor,
    sums: Float64Array,
    nextObservation: Tensor,
  ): void {
    this.#kernel.replay_store(
      (memory as WasmReplay).descriptor,
      slot,
      addressOf(observation),
      addressOf(action),
      sums[0],
      addressOf(nextObservation),
      sums[1],
    );
  }

  replaySample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    this.#kernel.replay_draw(streamAddressOf(stream), size, rows, addressOf(batch.index), addressOf(batch.weight));
    this.replayGather(memory, rows, batch);
  }

  replayGather(memory: ReplayMemory, rows: number, batch: Batch): void {
    const observation = batch.observation as WasmTensor;
    const action = batch.action as WasmTensor;
    this.#kernel.replay_gather(
      (memory as WasmReplay).descriptor,
      rows,
      addressOf(batch.index),
      observation.address,
      observation.stride,
      action.address,
      action.stride,
      addressOf(batch.reward),
      addressOf(batch.nextObservation),
      addressOf(batch.discount),
    );
  }

  readReplay(memory: ReplayMemory, size: number): ReplayContents {
    const { observationStorage: storage, observationSize, actionSize } = memory.spec;
    const { observationBytes: bytes, actionOffset } = memory as WasmReplay;
    const width = storage === "one-hot" ? 1 : observationSize;
    const observations = (): ReplayContents["observation"] => {
      if (storage === "uint8") return new Uint8Array(size * width);
      return storage === "one-hot" ? new Uint32Array(size) : new Float32Array(size * width);
    };
    const contents = {
      observation: observations(),
      nextObservation: observations(),
      action: new Float32Array(size * actionSize),
      reward: new Float32Array(size),
      discount: new Float32Array(size),
    };
    this.#eachRecord(memory as WasmReplay, size, (record, slot) => {
      asBytes(contents.observation, slot * bytes, bytes).set(record.subarray(0, bytes));
      asBytes(contents.nextObservation, slot * bytes, bytes).set(record.subarray(bytes, 2 * bytes));
      const rest = actionOffset + 4 * actionSize;
      asBytes(contents.action, slot * 4 * actionSize, 4 * actionSize).set(record.subarray(actionOffset, rest));
      asBytes(contents.reward, slot * 4, 4).set(record.subarray(rest, rest + 4));
      asBytes(contents.discount, slot * 4, 4).set(record.subarray(rest + 4, rest + 8));
    });
    return contents;
  }

  writeReplay(memory: ReplayMemory, contents: ReplayContents): void {
    const { actionSize } = memory.spec;
    const { observationBytes: bytes, actionOffset } = memory as WasmReplay;
    this.#eachRecord(memory as WasmReplay, contents.reward.length, (record, slot) => {
      record.set(asBytes(contents.observation, slot * bytes, bytes), 0);
      record.set(asBytes(contents.nextObservation, slot * bytes, bytes), bytes);
      const rest = actionOffset + 4 * actionSize;
      record.set(asBytes(contents.action, slot * 4 * actionSize, 4 * actionSize), actionOffset);
      record.set(asBytes(contents.reward, slot * 4, 4), rest);
      record.set(asBytes(contents.discount, slot * 4, 4), rest + 4);
    });
  }

  #eachRecord(memory: WasmReplay, size: number, visit: (record: Uint8Array, slot: number) => void): void {
    const { address, stride } = memory;
    for (let slot = 0; slot < size; slot++) visit(this.engine.u8(address + slot * stride, stride), slot);
  }
}

function asBytes(array: ArrayBufferView, offset: number, length: number): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset + offset, length);
}
