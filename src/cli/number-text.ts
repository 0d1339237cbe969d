// Numbers as people read them in a terminal.

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** "50,000" */
export function grouped(value: number): string {
  return Number.isFinite(value) ? GROUPED.format(value) : "?";
}

/** Four significant digits: "487.2", "0.01234", "4.8e-4"; "-" where nothing is known yet. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-" : String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return String(Number(value.toFixed(magnitude >= 10_000 ? 0 : 1)));
  if (magnitude < 1e-3 && value !== 0) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

/** "0:07", "12:34", "1:02:03" */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-:--";
  const whole = Math.floor(seconds + 0.5);
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** A spread, of which nobody wants four digits. */
export function spread(value: number): string {
  return short(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

/** "0.4 s", "12:34" */
export function duration(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

/** "25.1 KiB" */
export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
