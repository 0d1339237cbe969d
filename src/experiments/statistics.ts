// Statistics of few runs, after Agarwal et al. 2021 (https://arxiv.org/abs/2108.13264): the interquartile mean, and
// percentile bootstrap intervals that resample runs within each stratum (environment or arm), never across them.
// All resampling uses one seeded stream: the same results give the same intervals on every machine.

import { Pcg64 } from "../engine/random.ts";
import { requireNumber, show } from "../errors.ts";

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Options of bootstrap intervals and bands. */
export interface BootstrapOptions {
  /** Number of resamples. @defaultValue 10000 for an interval, 2000 for a band */
  readonly repetitions?: number;
  /** Share of resamples between both ends of the interval, in (0, 1). @defaultValue 0.95 */
  readonly confidence?: number;
  /** Seed of the resampling. @defaultValue 0 */
  readonly seed?: number;
}

/** Returns the mean. @throws RangeError for no values */
export function mean(values: ArrayLike<number>): number {
  requireSome("mean", values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/**
 * Returns the interquartile mean: the mean after a quarter of the values, rounded down, is cut off at either end. Five runs
 * leave the middle three; fewer than four runs give the plain mean. (SciPy's trim_mean(values, 0.25), as in Agarwal et al.)
 * @throws RangeError for no values
 */
export function interquartileMean(values: ArrayLike<number>): number {
  requireSome("interquartileMean", values.length);
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.subarray(cut, sorted.length - cut));
}

/**
 * Returns the value below which `share` of the numbers lie, with linear interpolation (NumPy's default).
 * @param sorted numbers in ascending order, at least one
 * @param share  share of the numbers, 0 .. 1
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  requireSome("percentile", sorted.length);
  requireNumber("percentile", "share", share, { min: 0, max: 1 }, "0.5 is the median.");
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * Computes the percentile bootstrap interval of a statistic of all values together. Values are resampled with replacement within
 * each stratum.
 *
 * @param strata one list of scores per environment (or arm), each with at least one value
 * @param statistic function of the pooled resample; the array is reused, so do not keep it
 * @param options repetitions, confidence and seed. Default: those of BootstrapOptions.
 * @throws RangeError for no strata or an empty stratum
 * Cost: repetitions x values draws, one typed array.
 */
export function bootstrapInterval(
  strata: readonly (readonly number[])[],
  statistic: (values: Float64Array) => number,
  options: BootstrapOptions = {},
): Interval {
  requireStrata("bootstrapInterval", strata);
  const { repetitions, tail, random } = readOptions("bootstrapInterval", options, 10_000);
  const pooled = new Float64Array(strata.reduce((sum, stratum) => sum + stratum.length, 0));
  const statistics = new Float64Array(repetitions);
  for (let r = 0; r < repetitions; r++) {
    let at = 0;
    for (const stratum of strata) {
      for (let i = 0; i < stratum.length; i++) pooled[at++] = stratum[random.integers(0, stratum.length)];
    }
    statistics[r] = statistic(pooled);
  }
  statistics.sort();
  return { low: percentile(statistics, tail), high: percentile(statistics, 1 - tail) };
}

/** A mean curve with its band, one number per point. */
export interface Band {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * Computes the pointwise bootstrap band of the mean curve. Whole curves are resampled within each stratum, so that the early and
 * late luck of one run stay together.
 *
 * @param strata one list of curves per arm, each with at least one curve; all curves have shape [points], on the same steps
 * @param options repetitions, confidence and seed. Default: those of BootstrapOptions.
 * @throws RangeError for no curves, or curves of different lengths
 */
export function bootstrapBand(
  strata: readonly (readonly (readonly number[])[])[],
  options: BootstrapOptions = {},
): Band {
  requireStrata("bootstrapBand", strata);
  const { repetitions, tail, random } = readOptions("bootstrapBand", options, 2000);
  const curves = strata.flat();
  const points = curves[0].length;
  const other = curves.find((curve) => curve.length !== points);
  if (other !== undefined) {
    throw new RangeError(
      `bootstrapBand: curves expected ${points} points each, got one of ${other.length}. Evaluate all at the same steps.`,
    );
  }
  const meanCurve = new Array<number>(points).fill(0);
  for (const curve of curves) for (let p = 0; p < points; p++) meanCurve[p] += curve[p] / curves.length;
  const resampled = Array.from({ length: points }, () => new Float64Array(repetitions));
  for (let r = 0; r < repetitions; r++) {
    for (const stratum of strata) {
      for (let i = 0; i < stratum.length; i++) {
        const curve = stratum[random.integers(0, stratum.length)];
        for (let p = 0; p < points; p++) resampled[p][r] += curve[p];
      }
    }
  }
  const ends = (share: number): number[] => resampled.map((sums) => percentile(sums, share) / curves.length);
  for (const sums of resampled) sums.sort();
  return { mean: meanCurve, low: ends(tail), high: ends(1 - tail) };
}

/**
 * Returns the time average of a curve by the trapezoid rule, in the unit of y: the area under the curve, divided by its width.
 * @param steps  steps in ascending order, as many as `values`, at least one
 * @param values y at each step
 */
export function areaUnderCurve(steps: readonly number[], values: readonly number[]): number {
  requireSome("areaUnderCurve", values.length);
  const width = steps[steps.length - 1] - steps[0];
  if (width === 0) return values[0];
  let area = 0;
  for (let i = 1; i < steps.length; i++) area += ((values[i] + values[i - 1]) / 2) * (steps[i] - steps[i - 1]);
  return area / width;
}

function readOptions(
  where: string,
  options: BootstrapOptions,
  usual: number,
): { repetitions: number; tail: number; random: Pcg64 } {
  const { repetitions = usual, confidence = 0.95, seed = 0 } = options;
  requireNumber(where, "repetitions", repetitions, { min: 1, integer: true }, "It counts resamples.");
  requireNumber(where, "confidence", confidence, { above: 0, below: 1 }, "0.95 is usual.");
  return { repetitions, tail: (1 - confidence) / 2, random: new Pcg64(seed) };
}

function requireSome(where: string, length: number): void {
  if (length === 0) throw new RangeError(`${where}: values expected at least one, got none. Leave the group out.`);
}

function requireStrata(where: string, strata: readonly (readonly unknown[])[]): void {
  if (strata.length > 0 && strata.every((stratum) => stratum.length > 0)) return;
  throw new RangeError(
    `${where}: strata expected at least one run each, got ${show(strata.map((s) => s.length))}. Leave empty ones out.`,
  );
}
