// Running mean and variance of every number of a row, over all rows so far, without storing the rows. Used to normalize
// observations and rewards.
//
// A batch of n rows with mean m' and variance v' (both over n) joins count, mean m, variance v: d = m' - m, total = count + n,
//   m += d n / total;   v = (v count + v' n + d^2 count n / total) / total
// Sums over a batch go from its first row to its last. Everything is float64: differences of large numbers stay exact enough.
//
// Source: Chan, Golub and LeVeque 1979; for batches of one row the formula is Welford's. The start (count 1e-4, mean 0,
// variance 1) is that of Gymnasium's and Stable-Baselines3's RunningMeanStd: it weighs almost nothing.

export const INITIAL_COUNT = 1e-4;

/** Running mean and variance of each of `size` numbers. */
export class RunningStatistics {
  /** Numbers per row; each has a mean and a variance. */
  readonly size: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Count of rows at index 0. An array, because a number field may be a heap object. */
  readonly #count: Float64Array = Float64Array.of(INITIAL_COUNT);

  constructor(size: number) {
    this.size = size;
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  /** Number of rows included so far, plus 1e-4. */
  get count(): number {
    return this.#count[0];
  }

  /**
   * Includes n rows of finite numbers. Allocates nothing.
   * @param rows [n, size], row-major, from `offset` on
   */
  include(rows: ArrayLike<number>, n: number, offset: number = 0): void {
    const { mean, size, variance } = this;
    const count = this.#count[0];
    const total = count + n;
    const end = offset + n * size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let k = offset + i; k < end; k += size) sum += rows[k];
      const batchMean = sum / n;
      let squares = 0;
      for (let k = offset + i; k < end; k += size) {
        const deviation = rows[k] - batchMean;
        squares += deviation * deviation;
      }
      const delta = batchMean - mean[i];
      mean[i] += (delta * n) / total;
      variance[i] = (variance[i] * count + squares + (delta * delta * count * n) / total) / total;
    }
    this.#count[0] = total;
  }

  /**
   * target = (source - mean) / sqrt(variance + epsilon), limited to -clip .. clip, for the `size` numbers from `at` on. The
   * result is rounded once, to float32. Source and target may be the same array. Allocates nothing.
   */
  standardize(source: ArrayLike<number>, target: Float32Array, at: number, epsilon: number, clip: number): void {
    const { mean, size, variance } = this;
    for (let i = 0; i < size; i++) {
      const value = (source[at + i] - mean[i]) / Math.sqrt(variance[i] + epsilon);
      target[at + i] = Math.min(Math.max(value, -clip), clip);
    }
  }

  /**
   * Replaces the statistics by saved ones.
   * @returns false, and nothing changes, when the saved statistics are not finite or not of `size` numbers
   */
  load(count: number, mean: ArrayLike<number>, variance: ArrayLike<number>): boolean {
    const { size } = this;
    if (!(Number.isFinite(count) && count > 0) || mean.length !== size || variance.length !== size) return false;
    for (let i = 0; i < size; i++) {
      if (!(Number.isFinite(mean[i]) && Number.isFinite(variance[i]) && variance[i] >= 0)) return false;
    }
    this.#count[0] = count;
    this.mean.set(mean);
    this.variance.set(variance);
    return true;
  }
}
