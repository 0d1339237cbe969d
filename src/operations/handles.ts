// The handles that operations take and return: the bottom of the house, which imports nothing. A backend says what lies
// behind them. All numbers are float32; shapes are those that `read` and `write` show, not how a backend stores them.

/** f32 numbers [rows, columns], planned by `Backend.tensor`, zero at first. Operations use its first `rows` rows. */
export interface Tensor {
  readonly rows: number;
  readonly columns: number;
}

/** One array of parameters: a matrix [out, in] or a vector [length]. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly [number] | readonly [number, number];
  /** Shape in files, row by row, where that has more dimensions: PyTorch's [out, channels, kernel, kernel]. */
  readonly fileShape?: readonly number[];
}

/** Several arrays planned as one block, so that an optimizer updates all of them in one operation. */
export interface Parameters {
  readonly specs: readonly ParameterSpec[];
}

/** Arrays first, first + 1, ... of a block: the part of it that belongs to one module. */
export interface Slice {
  readonly block: Parameters;
  readonly first: number;
}

/** xoshiro128++ (Blackman & Vigna 2019), 128 bits of state; one stream per purpose. */
export interface RandomStream {
  readonly purpose: string;
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

/** Result of `read`: numbers at once on a CPU, a promise on a GPU. */
export type Reading = Float32Array | Promise<Float32Array>;
