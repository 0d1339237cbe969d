// The backend for networks that are large enough to profit from a GPU: every operation is one or a few kernels put in line
// (command-stream.ts). It answers nothing at once: agents act on a CPU backend and retrieve what they learned from time to time
// (device-operations.ts). Float32 like the others, with sums in another order: see docs/webgpu.md.

import type {
  Activation,
  AdamStep,
  Backend,
  Batch,
  MunchausenUpdate,
  ParameterSpec,
  Parameters,
  RandomStream,
  Reading,
  ReplayContents,
  ReplayMemory,
  ReplaySpec,
  RmspropStep,
  TdUpdate,
  Tensor,
  ValueRegression,
} from "../../backend.ts";
import { Metric, needsPreactivation } from "../../backend.ts";
import type { DeviceOperations } from "../../device-operations.ts";
import { fillNormal, fillUniform, permutation, randomIndex, uniform } from "../reference/random.ts";
import { CommandStream } from "./command-stream.ts";
import { DeviceMemory } from "./device-memory.ts";
import type { GpuDevice } from "./gpu-types.ts";
import { GpuParameters, GpuStream, GpuTensor } from "./handles.ts";
import { type Kernel, NONE } from "./kernel.ts";
import { ACTIVATION_BACKWARD, ACTIVATION_CODE, ACTIVATION_FORWARD } from "./kernels/activation.ts";
import { ADD_SCALED } from "./kernels/add-scaled.ts";
import { DENSE_FORWARD, DENSE_INPUT_GRADIENT, DENSE_TILE, DENSE_WEIGHT_GRADIENT } from "./kernels/dense.ts";
import { DUELING_BACKWARD, DUELING_FORWARD } from "./kernels/dueling.ts";
import { GRADIENT_NORM, GRADIENT_NORM_PARTS, GRADIENT_SCALE, NORM_PARTS, normParts } from "./kernels/gradient-norm.ts";
import { LAYER_NORM_BACKWARD, LAYER_NORM_FORWARD, LAYER_NORM_PARAMETER_GRADIENT } from "./kernels/layer-norm.ts";
import { ADAM_STEP, COPY, COPY_COLUMNS, POLYAK, RMSPROP_STEP, SGD_STEP } from "./kernels/optimizer.ts";
import { REPLAY_GATHER, STORAGE_CODE } from "./kernels/replay-gather.ts";
import { LOG_SOFTMAX, SOFTMAX } from "./kernels/softmax.ts";
import { LOSS_CODE, MUNCHAUSEN_UPDATE, TD_UPDATE, VALUE_REGRESSION } from "./kernels/td.ts";
import { type Range, Readback } from "./readback.ts";
import { GpuReplay } from "./replay.ts";
import { UnsupportedGroups, unsupported } from "./unsupported.ts";

/** Workgroups of kernels that go over rows. */
const MAX_ROW_GROUPS = 1024;

export class WebGpuBackend extends UnsupportedGroups implements Backend {
  readonly name = "webgpu";
  readonly device: DeviceOperations;
  readonly #device: GpuDevice;
  readonly #memory: DeviceMemory;
  readonly #stream: CommandStream;
  readonly #readback: Readback;
  readonly #replays: GpuReplay[] = [];
  /** Where the norm of gradients leaves its parts. */
  readonly #normParts: number;

  /** @param device stays the caller's: `release` destroys buffers only */
  constructor(device: GpuDevice) {
    super();
    this.#device = device;
    this.#memory = new DeviceMemory(device);
    this.#stream = new CommandStream(device, this.#memory);
    this.#readback = new Readback(device, this.#memory);
    this.#normParts = this.#memory.allocate(NORM_PARTS);
    this.device = {
      submit: () => this.#stream.submit(),
      retrieve: (parameters, tensors) => this.#retrieve(parameters as GpuParameters[], tensors as GpuTensor[]),
      retrieved: (parameters, index) => {
        const p = parameters as GpuParameters;
        return p.slice(p.retrieved!, index);
      },
      release: () => this.#release(),
    };
  }

  get bytes(): number {
    return this.#memory.bytes + this.#replays.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  // --- handles -------------------------------------------------------------------------------------------------------

  tensor(rows: number, columns: number): Tensor {
    return new GpuTensor(rows, columns, this.#memory.allocate(rows * columns));
  }

  parameters(specs: readonly ParameterSpec[]): Parameters {
    return new GpuParameters(specs, (floats) => this.#memory.allocate(floats));
  }

  vector(): Tensor {
    throw unsupported("parameters as a tensor", "Use an agent of the DQN family");
  }

  randomStream(seed: number, purpose: string): RandomStream {
    return new GpuStream(seed, purpose);
  }

  replayMemory(spec: ReplaySpec): ReplayMemory {
    const memory = new GpuReplay(this.#device, spec);
    this.#replays.push(memory);
    return memory;
  }

  /** The host keeps the rows; the device is given them when an operation needs them. */
  write(tensor: Tensor, values: ArrayLike<number>, firstRow: number = 0): void {
    const t = tensor as GpuTensor;
    const lastRow = firstRow + values.length / t.columns;
    const isClean = t.dirtyTo === t.dirtyFrom;
    t.host ??= new Float32Array(t.rows * t.columns);
    // Rows between two written ranges may be the device's own.
    if (!isClean && !t.isHost && (firstRow > t.dirtyTo || lastRow < t.dirtyFrom)) {
      this.#input(t);
      this.write(t, values, firstRow);
      return;
    }
    t.host.set(values, firstRow * t.columns);
    t.dirtyFrom = isClean ? firstRow : Math.min(t.dirtyFrom, firstRow);
    t.dirtyTo = isClean ? lastRow : Math.max(t.dirtyTo, lastRow);
    t.isHost ||= firstRow === 0 && lastRow === t.rows;
    t.version++;
  }

  read(tensor: Tensor): Reading {
    const t = tensor as GpuTensor;
    if (t.isHost) return t.host?.slice() ?? new Float32Array(t.rows * t.columns);
    if (t.retrievedVersion === t.version) return t.retrieved!.slice();
    return this.#read([{ offset: this.#input(t), length: t.rows * t.columns }]).then(([values]) => values);
  }

  latest(tensor: Tensor, column: number): number {
    const t = tensor as GpuTensor;
    return (t.isHost ? t.host : t.retrieved)?.[column] ?? 0;
  }

  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset: number = 0): void {
    const t = tensor as GpuTensor;
    const known = t.isHost ? t.host : t.retrieved;
    for (let i = 0; i < rows * t.columns; i++) target[offset + i] = known?.[i] ?? 0;
  }

  copyColumns(rows: number, source: Tensor, from: number, target: Tensor, to: number, count: number): void {
    const n = rows * count;
    const [first, into] = [this.#input(source) + from, this.#output(target) + to];
    this.#linear(COPY_COLUMNS, n)
      .u32(count)
      .u32(first)
      .u32(source.columns)
      .u32(into)
      .u32(target.columns)
      .dispatchLinear(n);
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    const p = parameters as GpuParameters;
    const given = values instanceof Float32Array ? values : Float32Array.from(values);
    this.#stream.submit();
    this.#memory.write(p.offsets[index], given, 0, given.length);
    p.version++;
  }

  readParameter(parameters: Parameters, index: number): Reading {
    const p = parameters as GpuParameters;
    if (p.retrievedVersion === p.version) return p.slice(p.retrieved!, index);
    return this.#read([p]).then(([block]) => p.slice(block, index));
  }

  // --- networks ------------------------------------------------------------------------------------------------------

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
    const before = needsPreactivation(activation) ? this.#output(z!) : NONE;
    const [from, to] = [this.#input(x), this.#output(y)];
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
    gradients: Parameters,
    dx: Tensor | null,
  ): void {
    this.activationBackward(rows, dy, y, z, activation);
    const [inputs, outputs] = [x.columns, dy.columns];
    const [from, dz] = [this.#input(x), this.#input(dy)];
    const g = this.#written(gradients);
    this.#product(DENSE_WEIGHT_GRADIENT, outputs, inputs, rows, dz, from, g.offsets[weight])
      .u32(g.offsets[bias])
      .dispatch(tiles(inputs), tiles(outputs));
    if (dx === null) return;
    const w = (parameters as GpuParameters).offsets[weight];
    const to = this.#output(dx);
    this.#product(DENSE_INPUT_GRADIENT, rows, inputs, outputs, dz, w, to).dispatch(tiles(inputs), tiles(rows));
  }

  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void {
    const n = rows * z.columns;
    const [from, to] = [this.#input(z), this.#output(y)];
    this.#linear(ACTIVATION_FORWARD, n).u32(ACTIVATION_CODE[activation]).u32(from).u32(to).dispatchLinear(n);
  }

  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void {
    if (activation === "identity") return;
    const n = rows * dy.columns;
    const before = needsPreactivation(activation) ? this.#input(z!) : NONE;
    const [after, slope] = [this.#input(y), this.#output(dy)];
    this.#linear(ACTIVATION_BACKWARD, n)
      .u32(ACTIVATION_CODE[activation])
      .u32(slope)
      .u32(after)
      .u32(before)
      .dispatchLinear(n);
  }

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    const n = rows * x.columns;
    const [from, to] = [this.#input(x), this.#output(y)];
    this.#linear(ADD_SCALED, n).f32(scale).u32(from).u32(to).dispatchLinear(n);
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
    const [from, to, means] = [this.#input(x), this.#output(y), this.#output(statistics)];
    this.#stream
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
    gradients: Parameters,
    dx: Tensor,
  ): void {
    const g = this.#written(gradients);
    const { columns } = x;
    const [from, means, slope, to] = [this.#input(x), this.#input(statistics), this.#input(dy), this.#output(dx)];
    this.#linear(LAYER_NORM_PARAMETER_GRADIENT, columns)
      .u32(rows)
      .u32(from)
      .u32(means)
      .u32(slope)
      .u32(g.offsets[scale])
      .u32(g.offsets[shift])
      .dispatchLinear(columns);
    this.#stream
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
    const [from, to] = [this.#input(head), this.#output(q)];
    this.#linear(DUELING_FORWARD, n)
      .u32(q.columns / atoms)
      .u32(atoms)
      .u32(from)
      .u32(to)
      .dispatchLinear(n);
  }

  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms: number = 1): void {
    const n = rows * atoms;
    const [from, to] = [this.#input(dQ), this.#output(dHead)];
    this.#linear(DUELING_BACKWARD, n)
      .u32(dQ.columns / atoms)
      .u32(atoms)
      .u32(to)
      .u32(from)
      .dispatchLinear(n);
  }

  softmax(rows: number, x: Tensor, y: Tensor): void {
    const [from, to] = [this.#input(x), this.#output(y)];
    this.#linear(SOFTMAX, rows).u32(x.columns).u32(from).u32(to).dispatchLinear(rows);
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    const [from, to] = [this.#input(x), this.#output(y)];
    this.#linear(LOG_SOFTMAX, rows).u32(x.columns).u32(from).u32(to).dispatchLinear(rows);
  }

  argmax(): number {
    throw unsupported("a choice of an action, which must be there at once", "Act on another backend");
  }

  sampleCategorical(): number {
    throw unsupported("a choice of an action, which must be there at once", "Act on another backend");
  }

  // --- learning ------------------------------------------------------------------------------------------------------

  tdUpdate(rows: number, update: TdUpdate): void {
    const { q, nextQ, selectionQ, batch } = update;
    const [next, selection] = [this.#input(nextQ), this.#input(selectionQ ?? nextQ)];
    const [reward, discount] = [this.#input(batch.reward), this.#input(batch.discount)];
    this.#regression(TD_UPDATE, rows, q, batch.action, batch.weight, update, this.#output(update.target))
      .u32(next)
      .u32(selection)
      .u32(reward)
      .u32(discount)
      .dispatch(1);
  }

  munchausenUpdate(rows: number, update: MunchausenUpdate): void {
    const { q, nextQ, policyQ, batch } = update;
    const [next, policy] = [this.#input(nextQ), this.#input(policyQ)];
    const [reward, discount] = [this.#input(batch.reward), this.#input(batch.discount)];
    this.#regression(MUNCHAUSEN_UPDATE, rows, q, batch.action, batch.weight, update, this.#output(update.target))
      .u32(next)
      .u32(policy)
      .u32(reward)
      .u32(discount)
      .f32(update.alpha)
      .f32(update.temperature)
      .f32(update.clip)
      .dispatch(1);
  }

  valueRegression(rows: number, update: ValueRegression): void {
    const { q, action, weight, target } = update;
    this.#regression(VALUE_REGRESSION, rows, q, action, weight, update, this.#input(target)).dispatch(1);
  }

  /** Begins a kernel of the family with the params that all of them have. */
  #regression(
    kernel: Kernel,
    rows: number,
    q: Tensor,
    action: Tensor,
    weight: Tensor | null,
    { loss, dQ, absError, metrics }: Pick<ValueRegression, "loss" | "dQ" | "absError" | "metrics">,
    target: number,
  ): CommandStream {
    const [values, taken] = [this.#input(q), this.#input(action)];
    const importance = weight === null ? NONE : this.#input(weight);
    const [slope, error, sums] = [this.#output(dQ), this.#output(absError), this.#output(metrics)];
    return this.#stream
      .begin(kernel)
      .u32(rows)
      .u32(q.columns)
      .u32(values)
      .u32(taken)
      .u32(importance)
      .u32(LOSS_CODE[loss])
      .u32(slope)
      .u32(target)
      .u32(error)
      .u32(sums);
  }

  clipGradientNorm(gradients: Parameters, maxNorm: number, metrics: Tensor): void {
    const { offset, length } = this.#written(gradients);
    const norm = this.#output(metrics) + Metric.gradientNorm;
    const parts = normParts(length);
    this.#linear(GRADIENT_NORM_PARTS, length).u32(offset).u32(this.#normParts).dispatch(parts);
    this.#linear(GRADIENT_NORM, parts).u32(this.#normParts).u32(norm).f32(maxNorm).dispatch(1);
    this.#linear(GRADIENT_SCALE, length)
      .u32(offset)
      .u32(norm + 1)
      .dispatchLinear(length);
  }

  adamStep(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    const p = this.#written(parameters);
    this.#linear(ADAM_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(this.#written(m).offset)
      .u32(this.#written(v).offset)
      .f32(1 - step.learningRate * step.weightDecay)
      .f32(step.learningRate / step.biasCorrection1)
      .f32(1 - step.beta1)
      .f32(step.beta2)
      .f32(1 - step.beta2)
      .f32(1 / Math.sqrt(step.biasCorrection2))
      .f32(step.epsilon)
      .dispatchLinear(p.length);
  }

  rmspropStep(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    const p = this.#written(parameters);
    this.#linear(RMSPROP_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(this.#written(v).offset)
      .u32(mean === null ? NONE : this.#written(mean).offset)
      .f32(step.learningRate)
      .f32(step.alpha)
      .f32(1 - step.alpha)
      .f32(step.rootEpsilon ?? 0)
      .f32(step.epsilon)
      .dispatchLinear(p.length);
  }

  sgdStep(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    const p = this.#written(parameters);
    this.#linear(SGD_STEP, p.length)
      .u32(p.offset)
      .u32((gradients as GpuParameters).offset)
      .u32(velocity === null ? NONE : this.#written(velocity).offset)
      .f32(learningRate)
      .f32(momentum)
      .dispatchLinear(p.length);
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    if (tau === 1) {
      this.copyParameters(target, online);
      return;
    }
    const { offset, length } = this.#written(target);
    this.#linear(POLYAK, length)
      .u32(offset)
      .u32((online as GpuParameters).offset)
      .f32(tau)
      .dispatchLinear(length);
  }

  copyParameters(target: Parameters, source: Parameters): void {
    const { offset, length } = this.#written(target);
    this.#linear(COPY, length)
      .u32(offset)
      .u32((source as GpuParameters).offset)
      .dispatchLinear(length);
  }

  // --- random numbers ------------------------------------------------------------------------------------------------

  uniform(stream: RandomStream): number {
    return uniform((stream as GpuStream).state);
  }

  randomIndex(stream: RandomStream, n: number): number {
    return randomIndex((stream as GpuStream).state, n);
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    const values = new Float32Array(tensor.rows * tensor.columns);
    fillUniform((stream as GpuStream).state, values, low, high);
    this.write(tensor, values);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    const values = new Float32Array(tensor.rows * tensor.columns);
    fillNormal((stream as GpuStream).state, values, mean, deviation);
    this.write(tensor, values);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    const values = new Float32Array(order.columns);
    permutation((stream as GpuStream).state, values);
    this.write(order, values);
  }

  readStream(stream: RandomStream): Uint32Array {
    return (stream as GpuStream).state.slice();
  }

  writeStream(stream: RandomStream, state: ArrayLike<number>): void {
    (stream as GpuStream).state.set(state);
  }

  // --- replay --------------------------------------------------------------------------------------------------------

  /** @throws TypeError for tensors that operations wrote: what is stored goes through the host */
  replayStore(
    memory: ReplayMemory,
    slot: number,
    observation: Tensor,
    action: Tensor,
    sums: Float64Array,
    nextObservation: Tensor,
  ): void {
    // Records that are still to be read must not change before.
    if (this.#stream.isWaiting) this.#stream.submit();
    (memory as GpuReplay).store(slot, hostRow(observation), hostRow(action), sums, hostRow(nextObservation));
  }

  replaySample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    const { state } = stream as GpuStream;
    const index = batch.index as GpuTensor;
    index.host ??= new Float32Array(index.rows);
    for (let b = 0; b < rows; b++) index.host[b] = randomIndex(state, size);
    index.dirtyFrom = 0;
    index.dirtyTo = Math.max(index.dirtyTo, rows);
    index.version++;
    this.#gather(memory as GpuReplay, rows, batch, this.#output(batch.weight));
  }

  replayGather(memory: ReplayMemory, rows: number, batch: Batch): void {
    this.#gather(memory as GpuReplay, rows, batch, NONE);
  }

  /** @param weight where weights of 1 are to be written */
  #gather(memory: GpuReplay, rows: number, batch: Batch, weight: number): void {
    const { observationSize: size, observationStorage, actionSize } = memory.spec;
    if (this.#stream.isWaiting) this.#stream.submit();
    memory.upload();
    const index = this.#input(batch.index);
    const [observation, next] = [this.#output(batch.observation), this.#output(batch.nextObservation)];
    const [action, reward] = [this.#output(batch.action), this.#output(batch.reward)];
    const discount = this.#output(batch.discount);
    this.#stream
      .begin(REPLAY_GATHER, memory.buffer)
      .u32(rows * size)
      .u32(size)
      .u32(STORAGE_CODE[observationStorage])
      .u32(memory.stride)
      .u32(memory.words)
      .u32(actionSize)
      .u32(index)
      .u32(observation)
      .u32(action)
      .u32(reward)
      .u32(next)
      .u32(discount)
      .u32(weight)
      .dispatchLinear(rows * size);
  }

  readReplay(memory: ReplayMemory, size: number): ReplayContents {
    return (memory as GpuReplay).contents(size);
  }

  writeReplay(memory: ReplayMemory, contents: ReplayContents): void {
    if (this.#stream.isWaiting) this.#stream.submit();
    (memory as GpuReplay).setContents(contents);
  }

  // --- commands ------------------------------------------------------------------------------------------------------

  /** Where an operation reads a tensor; rows that the host wrote go up first, behind what waits to read the old ones. */
  #input(tensor: Tensor): number {
    const t = tensor as GpuTensor;
    if (t.dirtyTo > t.dirtyFrom) {
      if (this.#stream.isWaiting) this.#stream.submit();
      const from = t.dirtyFrom * t.columns;
      this.#memory.write(t.offset + from, t.host!, from, t.dirtyTo * t.columns - from);
      t.dirtyFrom = 0;
      t.dirtyTo = 0;
    }
    return t.offset;
  }

  /** Where an operation writes a tensor. */
  #output(tensor: Tensor): number {
    const offset = this.#input(tensor);
    const t = tensor as GpuTensor;
    t.isHost = false;
    t.version++;
    return offset;
  }

  /** A block that an operation writes. */
  #written(parameters: Parameters): GpuParameters {
    const p = parameters as GpuParameters;
    p.version++;
    return p;
  }

  #linear(kernel: Kernel, n: number): CommandStream {
    return this.#stream.begin(kernel).u32(n);
  }

  #product(kernel: Kernel, m: number, n: number, k: number, a: number, b: number, c: number): CommandStream {
    return this.#stream.begin(kernel).u32(m).u32(n).u32(k).u32(a).u32(b).u32(c);
  }

  #read(ranges: readonly Range[]): Promise<Float32Array[]> {
    this.#stream.submit();
    return this.#readback.read(ranges);
  }

  async #retrieve(parameters: readonly GpuParameters[], tensors: readonly GpuTensor[]): Promise<void> {
    const ranges = [...parameters, ...tensors.map((t) => ({ offset: this.#input(t), length: t.rows * t.columns }))];
    const handles = [...parameters, ...tensors];
    const versions = handles.map(({ version }) => version);
    const values = await this.#read(ranges);
    for (const [i, handle] of handles.entries()) {
      handle.retrieved = values[i];
      handle.retrievedVersion = versions[i];
    }
  }

  #release(): void {
    this.#stream.release();
    this.#readback.release();
    this.#memory.release();
    for (const replay of this.#replays) replay.release();
  }
}

function tiles(n: number): number {
  return Math.ceil(n / DENSE_TILE);
}

/** @throws TypeError for a tensor that the host does not know */
function hostRow(tensor: Tensor): Float32Array {
  const { isHost, host, columns } = tensor as GpuTensor;
  if (isHost) return host ?? new Float32Array(columns);
  throw new TypeError(
    "webgpu: replayStore expected tensors that the host wrote, got one that an operation wrote. Write it first.",
  );
}
