// Formats numbers for people who read them in a terminal.

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Returns a whole number with groups of digits: "50,000". */
export function grouped(value: number): string {
  return Number.isFinite(value) ? GROUPED.format(value) : "?";
}

/** Returns a number with about four significant digits: "487.2", "0.01234", "4.8e-4"; "-" for NaN (not known yet). */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-" : String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return String(Number(value.toFixed(magnitude >= 10_000 ? 0 : 1)));
  if (magnitude < 1e-3 && value !== 0) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

/** Returns seconds as a clock shows them: "0:07", "12:34", "1:02:03". */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const whole = Math.floor(seconds + 0.5);
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Returns a standard deviation with two significant digits (three from 100 on). */
export function spread(value: number): string {
  return short(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

/** Returns a duration: "0.4 s", "12:34". */
export function duration(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

/** Returns a size: "25.1 KiB". */
export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
