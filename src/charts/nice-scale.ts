// Axis marks at round numbers (1, 2 or 5 times a power of ten) and their short labels. Powers of ten come from
// repeated multiplication, because logarithms differ between runtimes.

/** Largest magnitude that is drawn. Larger values count as not finite, so that no difference of two values overflows. */
export const LARGEST_DRAWN = 1e300;

/** Marks of an axis. */
export interface NiceScale {
  /** Round numbers at equal distances. With `cover` the first is at most `low` and the last at least `high`. */
  readonly ticks: readonly number[];
  /** Distance of two marks. */
  readonly step: number;
}

/**
 * Chooses about `count` round marks for the range low..high.
 * @param cover true for marks that enclose the range, false for marks inside it
 */
export function niceScale(low: number, high: number, count: number, cover: boolean): NiceScale {
  [low, high] = visibleRange(low, high);
  const step = niceStep((high - low) / Math.max(1, count));
  // A difference of 1e-4 steps is a rounding error, and needs no further mark.
  const first = cover ? Math.floor(low / step + 1e-4) : Math.ceil(low / step - 1e-4);
  const last = cover ? Math.ceil(high / step - 1e-4) : Math.floor(high / step + 1e-4);
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(i * step);
  return { ticks, step };
}

/**
 * Returns low..high, or a wider range when low and high are (nearly) equal. A constant series then has an axis too, and its
 * positions stay finite.
 */
export function visibleRange(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(size * 1e-9, 1e-200)) return [low, high];
  const half = size > 1e-190 ? size / 2 : 0.5;
  return [low - half, low + half];
}

/** Returns the smallest number of the form 1, 2 or 5 times a power of ten that is at least `raw`. */
function niceStep(raw: number): number {
  let power = 1;
  while (power * 10 <= raw) power *= 10;
  // Division keeps 0.001 exact to the last bit. Multiplication by 0.1 does not.
  let divisor = 1;
  while (power / divisor > raw) divisor *= 10;
  const unit = power / divisor;
  for (const factor of [1, 2, 5])
    if (factor * unit >= raw * 0.999) return divisor > 1 ? factor / divisor : factor * unit;
  return divisor > 1 ? 10 / divisor : 10 * unit;
}

const SUFFIXES: readonly [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/**
 * Writes a short label: 0.25, 500, 20k, 1.5M.
 * @param step distance of the marks; decides the number of decimals
 * @param largest largest magnitude on the axis; decides the unit, so that all labels of an axis have the same unit.
 *   Default: the magnitude of `value`.
 */
export function tickLabel(value: number, step: number, largest: number = Math.abs(value)): string {
  if (largest >= 1e15 || step < 1e-6) return value === 0 ? "0" : Number(value.toPrecision(4)).toExponential();
  // Numbers up to 9999 are easier to read without a suffix.
  const [unit, suffix] = (largest >= 1e4 && SUFFIXES.find(([size]) => largest >= size)) || [1, ""];
  const shown = value / unit;
  let decimals = 0;
  for (let scaled = step / unit; decimals < 9 && Math.abs(scaled - Math.floor(scaled + 0.5)) > 1e-6; scaled *= 10)
    decimals++;
  const text = shown.toFixed(decimals);
  return Number(text) === 0 ? "0" : `${text.replace("-", "\u2212")}${suffix}`;
}

/** Writes a single number: at most four significant digits, thousands shortened. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (!(magnitude < LARGEST_DRAWN)) return String(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e15)) return value.toExponential(2);
  const [unit, suffix] = (magnitude >= 1e4 && SUFFIXES.find(([size]) => magnitude >= size)) || [1, ""];
  return `${String(Number((value / unit).toPrecision(4))).replace("-", "\u2212")}${suffix}`;
}
