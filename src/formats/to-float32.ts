// Converts tensors of files to 32-bit floats. Not every runtime has a typed array of half floats.

import { show } from "../errors.ts";
import type { Tensor } from "./safetensors.ts";

/**
 * Returns the values as 32-bit floats: F32 without a copy, F64 rounded, F16 and BF16 exact.
 * @throws TypeError for other dtypes
 */
export function toFloat32(tensor: Tensor): Float32Array {
  const { dtype, data } = tensor;
  switch (dtype) {
    case "F32":
      return data as Float32Array;
    case "F64":
      return Float32Array.from(data as Float64Array);
    case "BF16":
      // A bfloat16 is the upper 16 bits of a float.
      return new Float32Array(Uint32Array.from(data as Uint16Array, (half) => half << 16).buffer);
    case "F16":
      return new Float32Array(Uint32Array.from(data as Uint16Array, widenHalf).buffer);
    default:
      throw new TypeError(`toFloat32: dtype expected F32, F64, F16 or BF16, got ${show(dtype)}. Convert it by hand.`);
  }
}

/** Returns the bits of the float that equals an IEEE half: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  let exponent = (half >>> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    // A subnormal half: shift the leading one out of the fraction. As a float the number is normal.
    const shift = Math.clz32(fraction) - 21;
    fraction = (fraction << shift) & 0x3ff;
    exponent = 1 - shift;
  }
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}
