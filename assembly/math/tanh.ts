// tanh of four floats (Cephes tanhf): an odd polynomial below 0.625, else 1 - 2 / (exp(2|x|) + 1). At most 3 ULP (test/conformance/meaning.test.ts).

import { exp4 } from "./exp";

const T = memory.data<f32>([
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1, 0.625, 1.0, 2.0,
], 16);

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const one = v128.load32_splat(T, 24);
  const a = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let q = v128.load32_splat(T, 0);
  q = f32x4.add(f32x4.mul(q, z), v128.load32_splat(T, 4));
  q = f32x4.add(f32x4.mul(q, z), v128.load32_splat(T, 8));
  q = f32x4.add(f32x4.mul(q, z), v128.load32_splat(T, 12));
  q = f32x4.add(f32x4.mul(q, z), v128.load32_splat(T, 16));
  const small = f32x4.add(f32x4.mul(f32x4.mul(q, z), x), x);
  const e = exp4(f32x4.add(a, a));
  const big = f32x4.sub(one, f32x4.div(v128.load32_splat(T, 28), f32x4.add(e, one)));
  const signed = v128.or(big, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(small, signed, f32x4.lt(a, v128.load32_splat(T, 20)));
}
