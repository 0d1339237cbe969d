const TINY: number = Math.fround(1e-30);

/**
 * 0 in place of a number smaller than 1e-30; NaN stays. WebAssembly has no flush-to-zero, and moments of dead units would
 * become subnormal and slow every later step of the engine; so this is part of what the optimizers compute.
 */
export function flushTiny(x: number): number {
  return Math.abs(x) < TINY ? 0 : x;
}
