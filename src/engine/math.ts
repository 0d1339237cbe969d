// Elementary functions for environments and agents, float64, the same bits on every runtime. The platform's own
// (Math.sin, Math.exp, ...) differ between engines in the last place, which is enough to make two runs diverge.

import { hostEngine } from "./host-engine.ts";

export const PI: number = Math.PI;

export function sin(x: number): number {
  return hostEngine().exports.math_sin(x);
}

export function cos(x: number): number {
  return hostEngine().exports.math_cos(x);
}

export function exp(x: number): number {
  return hostEngine().exports.math_exp(x);
}

export function log(x: number): number {
  return hostEngine().exports.math_log(x);
}

export function pow(x: number, y: number): number {
  return hostEngine().exports.math_pow(x, y);
}

export function tanh(x: number): number {
  return hostEngine().exports.math_tanh(x);
}
