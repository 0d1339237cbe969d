// The handles that operations take and return. This file imports nothing. Each backend has its own objects behind the
// handles. All numbers are float32. Shapes are those that `read` and `write` use; a backend may store the numbers otherwise.

/** A matrix of float32 numbers [rows, columns], planned by `Backend.tensor` as zeros. Operations use its first rows only. */
export interface Tensor {
  readonly rows: number;
  readonly columns: number;
}

/** Name and shape of one array of parameters: a matrix [out, in] or a vector [length]. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly [number] | readonly [number, number];
  /** Shape in files when files use more dimensions, such as PyTorch's [out, channels, kernel, kernel]; row-major. */
  readonly fileShape?: readonly number[];
}

/** Several arrays of parameters in one block of memory, so that one operation of an optimizer updates all of them. */
export interface Parameters {
  /** Name and shape of each array, in order. */
  readonly specs: readonly ParameterSpec[];
}

/** The arrays first, first + 1, ... of a block: those that belong to one module. */
export interface Slice {
  readonly block: Parameters;
  readonly first: number;
}

/** A stream of random numbers: xoshiro128++ (Blackman & Vigna 2019), 128 bits of state. Each purpose has its own stream. */
export interface RandomStream {
  readonly purpose: string;
}

/** Sampled transitions, B rows in each tensor. */
export interface Batch {
  /** [B, observationSize] */
  readonly observation: Tensor;
  /** [B, actionSize] */
  readonly action: Tensor;
  /** [B, 1], after n-step summation */
  readonly reward: Tensor;
  /** [B, observationSize] */
  readonly nextObservation: Tensor;
  /** [B, 1], gamma^n; 0 where the episode terminated (not truncated) */
  readonly discount: Tensor;
  /** [B, 1] importance weights; 1 for uniform replay */
  readonly weight: Tensor;
  /** [B, 1] slots that the rows came from (exact integers below 2^24) */
  readonly index: Tensor;
}

/** Result of `read`: the numbers themselves on a CPU, a promise of them on a GPU. */
export type Reading = Float32Array | Promise<Float32Array>;
