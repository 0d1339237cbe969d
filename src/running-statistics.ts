// Mean and variance of all that was seen, number by number, without keeping it. For normalising observations and rewards.
//
// A batch of n with mean m' and variance v' (both over n) joins count, mean m and variance v: d = m' - m, total = count + n,
//   m += d n / total;   v = (v count + v' n + d^2 count n / total) / total
// Sums over a batch go from its first row to its last. Everything is float64: differences of large numbers stay exact enough.
//
// Source: Chan, Golub and LeVeque 1979; for batches of one it is Welford's. The start (count 1e-4, mean 0, variance 1) is
// that of Gymnasium's and Stable-Baselines3's RunningMeanStd: hardly more than nothing.

export const INITIAL_COUNT = 1e-4;

export class RunningStatistics {
  /** Numbers that are told apart. */
  readonly size: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** At index 0: a number field may be a heap object. */
  readonly #count: Float64Array = Float64Array.of(INITIAL_COUNT);

  constructor(size: number) {
    this.size = size;
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  /** How many rows were included, and 1e-4. */
  get count(): number {
    return this.#count[0];
  }

  /**
   * Takes in finite numbers. Allocates nothing.
   * @param rows [n, size], from `offset` on
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
   * target = (source - mean) / sqrt(variance + epsilon), at most `clip` from 0, for the `size` numbers from `at` on; rounded
   * once, to float32. Source and target may be one. Allocates nothing.
   */
  standardize(source: ArrayLike<number>, target: Float32Array, at: number, epsilon: number, clip: number): void {
    const { mean, size, variance } = this;
    for (let i = 0; i < size; i++) {
      const value = (source[at + i] - mean[i]) / Math.sqrt(variance[i] + epsilon);
      target[at + i] = Math.min(Math.max(value, -clip), clip);
    }
  }

  /**
   * Takes over what was saved.
   * @returns false, and nothing changes, unless it is finite statistics of as many numbers
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
