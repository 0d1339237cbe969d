// Axis marks at round numbers (1, 2 or 5 times a power of ten) and their short labels. Powers of ten come from
// repeated multiplication: the host's logarithms are not the same on every runtime.

/** Magnitudes above this are treated as not finite, so that no difference of two values overflows. */
export const LARGEST_DRAWN = 1e300;

export interface NiceScale {
  /** Round numbers at equal distances; the first is at most `low` and the last at least `high` when `cover` is set. */
  readonly ticks: readonly number[];
  readonly step: number;
}

/**
 * Round marks for the range low..high, about `count` of them.
 * @param cover whether the marks enclose the range, or lie inside it
 */
export function niceScale(low: number, high: number, count: number, cover: boolean): NiceScale {
  [low, high] = visibleRange(low, high);
  const step = niceStep((high - low) / Math.max(1, count));
  // A tenth of a thousandth of a step is rounding, not a reason for one more mark.
  const first = cover ? Math.floor(low / step + 1e-4) : Math.ceil(low / step - 1e-4);
  const last = cover ? Math.ceil(high / step - 1e-4) : Math.floor(high / step + 1e-4);
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(i * step);
  return { ticks, step };
}

/**
 * low..high, or a range around it when it has (nearly) no width: a constant series has an axis too, and positions on it
 * stay finite.
 */
export function visibleRange(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(size * 1e-9, 1e-200)) return [low, high];
  const half = size > 1e-190 ? size / 2 : 0.5;
  return [low - half, low + half];
}

/** The smallest of 1, 2, 5 times a power of ten that is at least `raw`. */
function niceStep(raw: number): number {
  let power = 1;
  while (power * 10 <= raw) power *= 10;
  // Division keeps 0.001 exact to the last bit; multiplying by 0.1 would not.
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
 * A short label: 0.25, 500, 20k, 1.5M.
 * @param step distance of the marks; decides the decimals and whether thousands are shortened
 * @param largest the largest magnitude on the axis, so that all its labels have one unit; default the value's own
 */
export function tickLabel(value: number, step: number, largest: number = Math.abs(value)): string {
  if (largest >= 1e15 || step < 1e-6) return value === 0 ? "0" : Number(value.toPrecision(4)).toExponential();
  // Up to 9999 the digits themselves are shorter to read than a suffix.
  const [unit, suffix] = (largest >= 1e4 && SUFFIXES.find(([size]) => largest >= size)) || [1, ""];
  const shown = value / unit;
  let decimals = 0;
  for (let scaled = step / unit; decimals < 9 && Math.abs(scaled - Math.floor(scaled + 0.5)) > 1e-6; scaled *= 10)
    decimals++;
  const text = shown.toFixed(decimals);
  return Number(text) === 0 ? "0" : `${text.replace("-", "\u2212")}${suffix}`;
}

/** A number on its own: at most four significant digits, thousands shortened. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (!(magnitude < LARGEST_DRAWN)) return String(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e15)) return value.toExponential(2);
  const [unit, suffix] = (magnitude >= 1e4 && SUFFIXES.find(([size]) => magnitude >= size)) || [1, ""];
  return `${String(Number((value / unit).toPrecision(4))).replace("-", "\u2212")}${suffix}`;
}
