// The flush to zero that optimizers and target networks share. WebAssembly has no such mode: moments of dead units would
// become subnormal and slow every later step of the engine. So the flush is part of the specification.

const TINY: number = Math.fround(1e-30);

/** Returns x, or 0 when |x| is below 1e-30. NaN stays NaN. */
export function flushTiny(x: number): number {
  return Math.abs(x) < TINY ? 0 : x;
}
