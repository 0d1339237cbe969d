// The flush to zero that optimizers and target networks share. WebAssembly has no such mode: moments of dead units would
// become subnormal and slow every later step of the engine, so it is part of what is computed.

const TINY: number = Math.fround(1e-30);

/** 0 in place of a number smaller than 1e-30; NaN stays. */
export function flushTiny(x: number): number {
  return Math.abs(x) < TINY ? 0 : x;
}
