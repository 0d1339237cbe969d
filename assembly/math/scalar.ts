// Elementary functions in float64 for the host, compiled in, so that every runtime computes the same bits. Not used by
// kernels over many numbers, which have float32 SIMD forms of their own.

import { exp, log, pow } from "./exp-log-pow";
import { cos, sin } from "./sin-cos";

export function math_sin(x: f64): f64 { return sin(x); }
export function math_cos(x: f64): f64 { return cos(x); }
export function math_exp(x: f64): f64 { return exp(x); }
export function math_log(x: f64): f64 { return log(x); }
export function math_pow(x: f64, y: f64): f64 { return pow(x, y); }
export function math_tanh(x: f64): f64 { return NativeMath.tanh(x); }
