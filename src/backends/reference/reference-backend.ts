// The reference backend: every operation as the plainest loop, rounded to float32 after each step. It is the specification
// that the other backends are held to, bit for bit (test/conformance). This file only unwraps handles; the operations lie
// beside it, one idea a file.

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
import { Metric, needsPreactivation } from "../../backend.ts";
import { restore, store } from "../parameter-layout.ts";
import { activationBackward, activationForward } from "./activation.ts";
import { adamStep } from "./adam.ts";
import { addScaled } from "./add-scaled.ts";
import { argmax } from "./argmax.ts";
import { ReferenceConvolution } from "./convolution.ts";
import { denseBiasGradient, denseForward, denseInputGradient, denseWeightGradient } from "./dense.ts";
import { ReferenceDistributional } from "./distributional.ts";
import { duelingBackward, duelingForward } from "./dueling.ts";
import { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
import { arrayOf, blockOf, dataOf, ReferenceParameters, ReferenceStream, ReferenceTensor, stateOf } from "./handles.ts";
import { layerNormBackward, layerNormForward } from "./layer-norm.ts";
import { munchausenUpdate } from "./munchausen.ts";
import { ReferenceNoise } from "./noise.ts";
import { ReferencePolicy } from "./policy.ts";
import { polyak } from "./polyak.ts";
import { ReferencePriorities } from "./priorities.ts";
import { fillNormal, fillUniform, permutation, randomIndex, uniform } from "./random.ts";
import { ReferenceRecurrent } from "./recurrent.ts";
import { ReferenceReplay } from "./replay.ts";
import { rmspropStep } from "./rmsprop.ts";
import { ReferenceRollout } from "./rollout.ts";
import { sampleCategorical } from "./sample-categorical.ts";
import { sgdStep } from "./sgd.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { tdUpdate } from "./td.ts";
import { valueRegression } from "./value-regression.ts";

export class ReferenceBackend implements Backend {
  readonly name = "reference";
  readonly device = null;
  readonly priorities: ReferencePriorities = new ReferencePriorities();
  readonly convolution: ReferenceConvolution = new ReferenceConvolution();
  readonly noise: ReferenceNoise = new ReferenceNoise();
  readonly distributional: ReferenceDistributional = new ReferenceDistributional();
  readonly rollout: ReferenceRollout = new ReferenceRollout();
  readonly policy: ReferencePolicy = new ReferencePolicy();
  readonly recurrent: ReferenceRecurrent = new ReferenceRecurrent();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes + this.priorities.bytes;
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

  randomStream(seed: number, purpose: string): RandomStream {
    const stream = new ReferenceStream(seed, purpose);
    this.#bytes += stream.state.byteLength;
    return stream;
  }

  replayMemory(spec: ReplaySpec): ReplayMemory {
    const memory = new ReferenceReplay(spec);
    this.#bytes += memory.bytes;
    return memory;
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

  copyColumns(rows: number, source: Tensor, from: number, target: Tensor, to: number, count: number): void {
    for (let b = 0; b < rows; b++) {
      for (let c = 0; c < count; c++) {
        dataOf(target)[b * target.columns + to + c] = dataOf(source)[b * source.columns + from + c];
      }
    }
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    store(parameters.specs[index], values, arrayOf(parameters, index), 0);
  }

  readParameter(parameters: Parameters, index: number): Float32Array {
    return restore(parameters.specs[index], arrayOf(parameters, index), 0);
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
    denseForward(
      rows,
      x.columns,
      y.columns,
      dataOf(x),
      arrayOf(parameters, weight),
      arrayOf(parameters, bias),
      activation,
      dataOf(y),
      needsPreactivation(activation) ? dataOf(z) : null,
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
    const inputs = x.columns;
    const outputs = dy.columns;
    this.activationBackward(rows, dy, y, z, activation);
    const dz = dataOf(dy);
    denseWeightGradient(rows, inputs, outputs, dataOf(x), dz, arrayOf(gradients, weight));
    denseBiasGradient(rows, outputs, dz, arrayOf(gradients, bias));
    if (dx !== null) denseInputGradient(rows, inputs, outputs, dz, arrayOf(parameters, weight), dataOf(dx));
  }

  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void {
    activationForward(rows * z.columns, dataOf(z), activation, dataOf(y));
  }

  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void {
    activationBackward(rows * dy.columns, dataOf(dy), dataOf(y), dataOf(z), activation);
  }

  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void {
    addScaled(rows * x.columns, dataOf(x), scale, dataOf(y));
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
    layerNormForward(
      rows,
      x.columns,
      dataOf(x),
      arrayOf(parameters, scale),
      arrayOf(parameters, shift),
      epsilon,
      dataOf(y),
      dataOf(statistics),
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
    layerNormBackward(
      rows,
      x.columns,
      dataOf(x),
      dataOf(statistics),
      dataOf(dy),
      arrayOf(parameters, scale),
      arrayOf(gradients, scale),
      arrayOf(gradients, shift),
      dataOf(dx),
    );
  }

  duelingForward(rows: number, head: Tensor, q: Tensor, atoms: number = 1): void {
    duelingForward(rows, q.columns / atoms, atoms, dataOf(head), dataOf(q));
  }

  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms: number = 1): void {
    duelingBackward(rows, dQ.columns / atoms, atoms, dataOf(dQ), dataOf(dHead));
  }

  softmax(rows: number, x: Tensor, y: Tensor): void {
    softmax(rows, x.columns, dataOf(x), dataOf(y));
  }

  logSoftmax(rows: number, x: Tensor, y: Tensor): void {
    logSoftmax(rows, x.columns, dataOf(x), dataOf(y));
  }

  argmax(row: number, x: Tensor, mask: Tensor | null): number {
    return argmax(dataOf(x), row * x.columns, x.columns, dataOf(mask));
  }

  sampleCategorical(
    stream: RandomStream,
    row: number,
    logits: Tensor,
    temperature: number,
    mask: Tensor | null,
  ): number {
    const { columns } = logits;
    return sampleCategorical(stateOf(stream), dataOf(logits), row * columns, columns, temperature, dataOf(mask));
  }

  tdUpdate(rows: number, update: TdUpdate): void {
    const { batch } = update;
    tdUpdate(rows, update.q.columns, update.loss, {
      q: dataOf(update.q),
      nextQ: dataOf(update.nextQ),
      selectionQ: dataOf(update.selectionQ ?? update.nextQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dQ: dataOf(update.dQ),
      target: dataOf(update.target),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  munchausenUpdate(rows: number, update: MunchausenUpdate): void {
    const { batch } = update;
    munchausenUpdate(rows, update.q.columns, update.loss, update, {
      q: dataOf(update.q),
      nextQ: dataOf(update.nextQ),
      policyQ: dataOf(update.policyQ),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      discount: dataOf(batch.discount),
      weight: dataOf(batch.weight),
      dQ: dataOf(update.dQ),
      target: dataOf(update.target),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  valueRegression(rows: number, update: ValueRegression): void {
    valueRegression(rows, update.q.columns, update.loss, {
      q: dataOf(update.q),
      action: dataOf(update.action),
      target: dataOf(update.target),
      weight: dataOf(update.weight),
      dQ: dataOf(update.dQ),
      absError: dataOf(update.absError),
      metrics: dataOf(update.metrics),
    });
  }

  clipGradientNorm(gradients: Parameters, maxNorm: number, metrics: Tensor): void {
    const block = blockOf(gradients);
    const norm = gradientNorm(block);
    dataOf(metrics)[Metric.gradientNorm] = norm;
    dataOf(metrics)[Metric.clipFactor] = clipGradientNorm(block, maxNorm, norm);
  }

  adamStep(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void {
    adamStep(blockOf(parameters), blockOf(gradients), blockOf(m), blockOf(v), step);
  }

  rmspropStep(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void {
    rmspropStep(blockOf(parameters), blockOf(gradients), blockOf(v), blockOf(mean), step);
  }

  sgdStep(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void {
    sgdStep(blockOf(parameters), blockOf(gradients), blockOf(velocity), learningRate, momentum);
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    polyak(blockOf(target), blockOf(online), tau);
  }

  copyParameters(target: Parameters, source: Parameters): void {
    blockOf(target).set(blockOf(source));
  }

  uniform(stream: RandomStream): number {
    return uniform(stateOf(stream));
  }

  randomIndex(stream: RandomStream, n: number): number {
    return randomIndex(stateOf(stream), n);
  }

  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void {
    fillUniform(stateOf(stream), dataOf(tensor), low, high);
  }

  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void {
    fillNormal(stateOf(stream), dataOf(tensor), mean, deviation);
  }

  permutation(stream: RandomStream, order: Tensor): void {
    permutation(stateOf(stream), dataOf(order));
  }

  readStream(stream: RandomStream): Uint32Array {
    return stateOf(stream).slice();
  }

  writeStream(stream: RandomStream, state: ArrayLike<number>): void {
    stateOf(stream).set(state);
  }

  replayStore(
    memory: ReplayMemory,
    slot: number,
    observation: Tensor,
    action: Tensor,
    sums: Float64Array,
    nextObservation: Tensor,
  ): void {
    (memory as ReferenceReplay).store(
      slot,
      dataOf(observation),
      dataOf(action),
      sums[0],
      dataOf(nextObservation),
      sums[1],
    );
  }

  replaySample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void {
    for (let b = 0; b < rows; b++) dataOf(batch.index)[b] = randomIndex(stateOf(stream), size);
    dataOf(batch.weight).fill(1, 0, rows);
    this.replayGather(memory, rows, batch);
  }

  replayGather(memory: ReplayMemory, rows: number, batch: Batch): void {
    const into = {
      observation: dataOf(batch.observation),
      action: dataOf(batch.action),
      reward: dataOf(batch.reward),
      nextObservation: dataOf(batch.nextObservation),
      discount: dataOf(batch.discount),
    };
    for (let b = 0; b < rows; b++) (memory as ReferenceReplay).gather(dataOf(batch.index)[b], b, into);
  }

  readReplay(memory: ReplayMemory, size: number): ReplayContents {
    return (memory as ReferenceReplay).contents(size);
  }

  writeReplay(memory: ReplayMemory, contents: ReplayContents): void {
    (memory as ReferenceReplay).setContents(contents);
  }
}
