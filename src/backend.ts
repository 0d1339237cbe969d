// The operations that agents are made of, and the handles they work on. Three implementations: reference (plain loops,
// the specification), wasm (the default), webgpu. All numbers are float32; "row-major" and [out, in] describe what
// `read` and `write` show, not how a backend stores it. Outputs are planned tensors: no operation allocates.
//
// Letters: B rows (the batch), I inputs, O outputs, A actions. Gradients are dX.
// Accumulation orders stated here are part of the contract: strict backends agree bit for bit.

import type { ConvolutionOperations } from "./convolution-operations.ts";
import type { DeviceOperations } from "./device-operations.ts";
import type { DistributionalOperations } from "./distributional-operations.ts";
import type { NoiseOperations } from "./noise-operations.ts";
import type { PolicyOperations } from "./policy-operations.ts";
import type { PriorityOperations } from "./priority-operations.ts";
import type { RecurrentOperations } from "./recurrent-operations.ts";
import type { RolloutOperations } from "./rollout-operations.ts";

/** f32 numbers [rows, columns], planned by `tensor`, zero at first. Operations use its first `rows` rows. */
export interface Tensor {
  readonly rows: number;
  readonly columns: number;
}

/** One trainable array: a matrix [out, in] or a vector [length]. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly [number] | readonly [number, number];
  /** Shape in files, row by row, where that has more dimensions: PyTorch's [out, channels, kernel, kernel]. */
  readonly fileShape?: readonly number[];
}

/** Several trainable arrays planned as one block, so that an optimizer updates all of them in one operation. */
export interface Parameters {
  readonly specs: readonly ParameterSpec[];
}

/** xoshiro128++ (Blackman & Vigna 2019), 128 bits of state; one stream per purpose. */
export interface RandomStream {
  readonly purpose: string;
}

export type Activation = "identity" | "relu" | "tanh" | "silu" | "gelu" | "elu" | "sigmoid";

/** Activations whose derivative needs the value before the activation; the others get it from their output. */
export function needsPreactivation(activation: Activation): boolean {
  return activation === "silu" || activation === "gelu";
}

/** How observations lie in replay memory: as they are, as bytes (0..255), or as the index of a one-hot vector. */
export type ObservationStorage = "float32" | "uint8" | "one-hot";

export interface ReplaySpec {
  /** Transitions. */
  readonly capacity: number;
  /** Numbers that the network sees per observation. */
  readonly observationSize: number;
  readonly observationStorage: ObservationStorage;
  /** Numbers per action: 1 for a discrete action (its index). */
  readonly actionSize: number;
}

/** Ring memory of transitions (observation, action, reward, next observation, discount). */
export interface ReplayMemory {
  readonly spec: ReplaySpec;
  readonly bytes: number;
}

/** Where sampled transitions land; B rows each. */
export interface Batch {
  readonly observation: Tensor;
  /** [B, actionSize] */
  readonly action: Tensor;
  /** [B, 1], after n-step summation */
  readonly reward: Tensor;
  readonly nextObservation: Tensor;
  /** [B, 1], gamma^n, and 0 where the episode terminated (not truncated) */
  readonly discount: Tensor;
  /** [B, 1] importance weights; 1 for uniform replay */
  readonly weight: Tensor;
  /** [B, 1] slots the rows came from (exact integers below 2^24) */
  readonly index: Tensor;
}

export type TdLoss = "mse" | "huber";

/** Inputs and outputs of `valueRegression`. */
export interface ValueRegression {
  /** [B, A] values of the observations. */
  readonly q: Tensor;
  /** [B, 1] the actions whose values are learned. */
  readonly action: Tensor;
  /** [B, 1] what they should be. */
  readonly target: Tensor;
  /** [B, 1] importance weights; null: all 1. */
  readonly weight: Tensor | null;
  readonly loss: TdLoss;
  /** [B, A], written: gradient of the loss by q. */
  readonly dQ: Tensor;
  /** [B, 1], written: |q - target|, without weight. */
  readonly absError: Tensor;
  /** [1, METRICS], written: loss and mean taken q (see `Metric`). */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `tdUpdate`. */
export interface TdUpdate {
  /** [B, A] online values of the observations. */
  readonly q: Tensor;
  /** [B, A] target network's values of the next observations. */
  readonly nextQ: Tensor;
  /** [B, A] values whose argmax selects the next action (double DQN: the online network's); null: nextQ selects itself. */
  readonly selectionQ: Tensor | null;
  readonly batch: Batch;
  readonly loss: TdLoss;
  /** [B, A], written: gradient of the loss by q. */
  readonly dQ: Tensor;
  /** [B, 1], written. */
  readonly target: Tensor;
  /** [B, 1], written: |q - target|, without weight. */
  readonly absError: Tensor;
  /** [1, METRICS], written: loss and mean taken q (see `Metric`). */
  readonly metrics: Tensor;
}

/** Inputs and outputs of `munchausenUpdate`; `nextQ` gives the next state's policy too, so that nothing selects for it. */
export interface MunchausenUpdate extends Omit<TdUpdate, "selectionQ"> {
  /** [B, A] target network's values of the observations. */
  readonly policyQ: Tensor;
  /** Weight of the scaled log-policy in the reward, the paper's alpha; 0 leaves the reward alone. */
  readonly alpha: number;
  /** Temperature of the policy softmax(q / temperature), the paper's tau; above 0 in float32. */
  readonly temperature: number;
  /** Least scaled log-policy, the paper's l0; at most 0. */
  readonly clip: number;
}

/** Columns of a metrics tensor [1, METRICS]. */
export const Metric: { readonly loss: 0; readonly meanQ: 1; readonly gradientNorm: 2; readonly clipFactor: 3 } = {
  loss: 0,
  meanQ: 1,
  gradientNorm: 2,
  clipFactor: 3,
};
export const METRICS = 4;

/** Scalars of one Adam step; the host keeps the powers of beta. */
export interface AdamStep {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled (AdamW): parameters shrink by 1 - learningRate x weightDecay first. */
  weightDecay: number;
  /** 1 - beta1^t and 1 - beta2^t of this step t = 1, 2, ... */
  biasCorrection1: number;
  biasCorrection2: number;
}

export interface RmspropStep {
  learningRate: number;
  /** Smoothing of the squared gradient. */
  alpha: number;
  epsilon: number;
  /** Added before the root is taken. @default 0 */
  rootEpsilon?: number;
}

/** What `read` gives: numbers at once on a CPU, a promise on a GPU. */
export type Reading = Float32Array | Promise<Float32Array>;

export interface Backend {
  readonly name: "reference" | "wasm" | "webgpu";
  /** Bytes planned so far. */
  readonly bytes: number;
  /** Of a backend that works apart from the host; null where an operation is over when it returns. */
  readonly device: DeviceOperations | null;
  /** Ends what works beside the caller, threads; absent where nothing does. No operation follows. */
  release?(): void;
  /** Operations of convolutional layers. */
  readonly convolution: ConvolutionOperations;
  /** Operations of noisy networks. */
  readonly noise: NoiseOperations;
  /** Operations of agents that learn distributions of returns. */
  readonly distributional: DistributionalOperations;
  /** Which slots of a replay memory are drawn how often, where not all are alike. */
  readonly priorities: PriorityOperations;
  /** Returns and advantages of on-policy agents. */
  readonly rollout: RolloutOperations;
  /** Action distributions and the losses of agents that learn a policy. */
  readonly policy: PolicyOperations;
  /** Operations of recurrent layers. */
  readonly recurrent: RecurrentOperations;

  // --- handles -------------------------------------------------------------------------------------------------------

  tensor(rows: number, columns: number): Tensor;
  parameters(specs: readonly ParameterSpec[]): Parameters;
  /** The numbers of a spec [length] as a tensor [1, length] in the same place: what is written to one is read from the other. */
  vector(parameters: Parameters, index: number): Tensor;
  /** A stream seeded from (seed, purpose); equal arguments give equal streams. @param seed 0 .. 2^53 - 1 */
  randomStream(seed: number, purpose: string): RandomStream;
  replayMemory(spec: ReplaySpec): ReplayMemory;

  /** Copies `values` (row-major, a whole number of rows) into rows firstRow, firstRow + 1, ... */
  write(tensor: Tensor, values: ArrayLike<number>, firstRow?: number): void;
  /** A fresh row-major copy [rows, columns]. */
  read(tensor: Tensor): Reading;
  /** Row 0's number in `column`, without waiting or allocating: on a device the one last retrieved or written (0 before). */
  latest(tensor: Tensor, column: number): number;
  /** The same for the first `rows` rows: copied into `target`, row-major, from `offset` on. */
  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset?: number): void;
  /** target[b, to + c] = source[b, from + c], c = 0 .. count - 1: joins tensors side by side, or takes them apart. */
  copyColumns(rows: number, source: Tensor, from: number, target: Tensor, to: number, count: number): void;
  /** @param values row-major [out, in] or [length] */
  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void;
  readParameter(parameters: Parameters, index: number): Reading;

  // --- networks ------------------------------------------------------------------------------------------------------

  /**
   * y[b, o] = activation(z[b, o]), z[b, o] = bias[o] + sum over i of x[b, i] W[o, i].
   * Order: the accumulator starts at the bias and takes fround(x W) terms one by one, i = 0, 1, ...
   * @param z [B, O] written when the activation needs it (`needsPreactivation`), else ignored; never the same as y
   */
  denseForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    weight: number,
    bias: number,
    activation: Activation,
    y: Tensor,
    z: Tensor | null,
  ): void;

  /**
   * Gradients of a dense layer. `dy` is overwritten by dz = dy activation'(z). Gradients are overwritten, not added to.
   * dW[o, i] = sum over b of x[b, i] dz[b, o]; dbias[o] = sum over b of dz[b, o]; dx[b, i] = sum over o of dz[b, o] W[o, i];
   * each starts at 0 and runs in order.
   * @param dx [B, I], or null where nobody needs it (the first layer)
   */
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
  ): void;

  /** y = activation(z), elementwise; y may be z. */
  activationForward(rows: number, z: Tensor, activation: Activation, y: Tensor): void;
  /** dy becomes dy activation'(z); y is the activation's output, z its input (null where not needed). */
  activationBackward(rows: number, dy: Tensor, y: Tensor, z: Tensor | null, activation: Activation): void;

  /** y += scale x, elementwise; scale is rounded to f32 first, and finite. */
  addScaled(rows: number, x: Tensor, scale: number, y: Tensor): void;

  /**
   * y = scale (x - mean) / sqrt(variance + epsilon) + shift per row (Ba et al. 2016), variance divided by O.
   * Row sums: lane l of 4 takes columns l, l + 4, ... from 0; then (l0 + l2) + (l1 + l3).
   * @param statistics [B, 2], written: mean and 1 / sqrt(variance + epsilon)
   */
  layerNormForward(
    rows: number,
    x: Tensor,
    parameters: Parameters,
    scale: number,
    shift: number,
    epsilon: number,
    y: Tensor,
    statistics: Tensor,
  ): void;

  /** dx may be dy. Gradients of scale and shift are overwritten; they run over the rows in order. */
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
  ): void;

  /**
   * Q[b, a] = V[b] + A[b, a] - mean over a of A (Wang et al. 2016, eq. 9), for every atom apart.
   * @param head [B, (1 + A) atoms], V's atoms first @param q [B, A atoms], written
   * @param atoms outputs per action, those of one action side by side [1]
   */
  duelingForward(rows: number, head: Tensor, q: Tensor, atoms?: number): void;
  /** @param dHead [B, (1 + A) atoms], written */
  duelingBackward(rows: number, dQ: Tensor, dHead: Tensor, atoms?: number): void;

  /** Row-wise softmax; the maximum is subtracted first. y may be x. */
  softmax(rows: number, x: Tensor, y: Tensor): void;
  logSoftmax(rows: number, x: Tensor, y: Tensor): void;

  /**
   * First index of the largest value in a row, among entries whose mask is not 0.
   * @param mask [1, columns], or null for all
   * @returns -1 when the mask allows none
   */
  argmax(row: number, x: Tensor, mask: Tensor | null): number;

  /**
   * Draws an index with probability softmax(logits / temperature) among entries whose mask is not 0 (Boltzmann exploration).
   * Weights exp((x - max) / temperature), 1 where x is the maximum and 0 where it is NaN, are summed in order; the first
   * index at which their sum exceeds u times the whole wins, u one uniform draw. With temperature 0, or one so small that
   * other weights vanish, that is one of the largest.
   * @param temperature at least 0
   * @param mask [1, columns], or null for all
   * @returns -1, and draws nothing, when the mask allows none; the first allowed index when all allowed numbers are NaN
   */
  sampleCategorical(
    stream: RandomStream,
    row: number,
    logits: Tensor,
    temperature: number,
    mask: Tensor | null,
  ): number;

  // --- learning ------------------------------------------------------------------------------------------------------

  /**
   * One pass over the batch (Mnih et al. 2015; double: van Hasselt et al. 2016, eq. 4):
   * target = reward + discount nextQ[a*], a* = argmax of selectionQ (first on ties); error = q[action] - target;
   * loss = mean of weight x (error^2, or Huber with delta 1); dQ is its gradient, 0 for actions not taken.
   * Loss and mean q are summed in float64, in batch order.
   */
  tdUpdate(rows: number, update: TdUpdate): void;

  /**
   * tdUpdate with the targets of Munchausen-DQN (Vieillard et al. 2020, section 2), pi = softmax(q / tau) of the target
   * network's values:
   * target = reward + alpha max(tau ln pi(action), clip) + discount sum over a of pi'(a) (nextQ[a] - tau ln pi'(a)).
   * With m = max q and S = sum of exp((q - m) / tau), in column order: tau ln pi(a) = (q[a] - m) - tau ln S, which is never
   * above 0, and the sum over a is m' + tau ln S'.
   */
  munchausenUpdate(rows: number, update: MunchausenUpdate): void;

  /** error = q[action] - target; loss, dQ, absError and metrics as in `tdUpdate`. */
  valueRegression(rows: number, update: ValueRegression): void;

  /**
   * Scales gradients by min(1, maxNorm / (norm + 1e-6)); writes norm and factor into `metrics`.
   * Order of the sum of squares: lane l of 16 takes elements l, l + 16, ... of the block as stored (see
   * backends/parameter-layout.ts); lanes l and l + 8, then + 4, + 2, + 1 are added.
   */
  clipGradientNorm(gradients: Parameters, maxNorm: number, metrics: Tensor): void;

  /**
   * Adam (Kingma & Ba 2015, algorithm 1), AdamW's decay (Loshchilov & Hutter 2019). Moments below 1e-30 become 0:
   * WebAssembly has no flush-to-zero and subnormal moments of dead units would slow every later step.
   * m += (g - m)(1 - beta1); v = v beta2 + g g (1 - beta2); p -= stepSize (m / (sqrt(v) correction + epsilon)), with
   * stepSize = learningRate / biasCorrection1 and correction = 1 / sqrt(biasCorrection2), both rounded to f32.
   */
  adamStep(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, step: AdamStep): void;
  /** v = v alpha + g g (1 - alpha); mean (centred form; null: off) += (g - mean)(1 - alpha); p -= lr g / (sqrt(v - mean^2 + rootEpsilon) + epsilon). */
  rmspropStep(
    parameters: Parameters,
    gradients: Parameters,
    v: Parameters,
    mean: Parameters | null,
    step: RmspropStep,
  ): void;
  /** velocity = momentum velocity + g; p -= learningRate velocity; without velocity p -= learningRate g. */
  sgdStep(
    parameters: Parameters,
    gradients: Parameters,
    velocity: Parameters | null,
    learningRate: number,
    momentum: number,
  ): void;

  /** target += tau (online - target); results below 1e-30 become 0 (see adamStep). */
  polyak(target: Parameters, online: Parameters, tau: number): void;
  copyParameters(target: Parameters, source: Parameters): void;

  // --- random numbers ------------------------------------------------------------------------------------------------

  /** Uniform in [0, 1), 24 bits. */
  uniform(stream: RandomStream): number;
  /** Uniform in 0 .. n - 1 without bias (Lemire 2019). */
  randomIndex(stream: RandomStream, n: number): number;
  /** Fills rows with low + (high - low) u. */
  fillUniform(stream: RandomStream, tensor: Tensor, low: number, high: number): void;
  /** Fills rows with mean + deviation n, n standard normal (Box & Muller 1958, computed in float64). */
  fillNormal(stream: RandomStream, tensor: Tensor, mean: number, deviation: number): void;
  /** A uniformly random order of 0 .. length - 1 (Fisher-Yates, from the end). @param order [1, n] */
  permutation(stream: RandomStream, order: Tensor): void;
  /** 4 words. */
  readStream(stream: RandomStream): Uint32Array;
  writeStream(stream: RandomStream, state: ArrayLike<number>): void;

  // --- replay --------------------------------------------------------------------------------------------------------

  /**
   * Stores a transition in `slot`. Observations are single rows [1, observationSize]; uint8 storage truncates to 0..255.
   * @param sums [reward, discount]; an array, because numbers in arguments may be heap objects
   */
  replayStore(
    memory: ReplayMemory,
    slot: number,
    observation: Tensor,
    action: Tensor,
    sums: Float64Array,
    nextObservation: Tensor,
  ): void;
  /** Draws `rows` slots uniformly (with replacement) from 0 .. size - 1 into batch.index, and gathers them. Weights become 1. */
  replaySample(memory: ReplayMemory, stream: RandomStream, size: number, rows: number, batch: Batch): void;
  /** Fills a batch from the slots in batch.index; weights are left alone. */
  replayGather(memory: ReplayMemory, rows: number, batch: Batch): void;
  /** The first `size` transitions as bytes, in storage layout, for a checkpoint: one array per field. */
  readReplay(memory: ReplayMemory, size: number): ReplayContents;
  writeReplay(memory: ReplayMemory, contents: ReplayContents): void;
}

/** Replay contents field by field; observations in their storage type (float32, uint8, or index as uint32). */
export interface ReplayContents {
  readonly observation: Float32Array | Uint8Array | Uint32Array;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly nextObservation: Float32Array | Uint8Array | Uint32Array;
  readonly discount: Float32Array;
}
