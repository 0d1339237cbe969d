// Elementary functions in float64 for the host: AssemblyScript's own ports (musl), compiled in, so that every runtime
// computes the same bits. Not used by kernels, which have float32 SIMD forms of their own.

export function math_sin(x: f64): f64 { return NativeMath.sin(x); }
export function math_cos(x: f64): f64 { return NativeMath.cos(x); }
export function math_exp(x: f64): f64 { return NativeMath.exp(x); }
export function math_log(x: f64): f64 { return NativeMath.log(x); }
export function math_pow(x: f64, y: f64): f64 { return NativeMath.pow(x, y); }
export function math_tanh(x: f64): f64 { return NativeMath.tanh(x); }
