// Activations and their derivatives over n floats (a multiple of 4). Codes are those of src/backends/wasm/activation-code.ts.
// RELU keeps NaN: pmax(x, 0) is x < 0 ? 0 : x.

import { exp4, sigmoid4 } from "../math/exp";
import { tanh16, tanh4 } from "../math/tanh";

export const RELU = 1;
const IDENTITY = 0, TANH = 2, SILU = 3, GELU = 4, ELU = 5, SIGMOID = 6;

const T = memory.data<f32>([0.5, 1.0, 0.7978845608028654, 0.044715, 0.134145], 16);

// @ts-ignore: decorator
@inline
function gelu_inner(z: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(z, z), z);
  return tanh4(f32x4.mul(v128.load32_splat(T, 8), f32x4.add(z, f32x4.mul(v128.load32_splat(T, 12), cube))));
}

/** y = activation(z); y may be z. */
export function activation_forward(code: i32, z: usize, y: usize, n: i32): void {
  const end = z + (<usize>n << 2);
  const one = v128.load32_splat(T, 4);
  switch (code) {
    case IDENTITY:
      if (y != z) memory.copy(y, z, <usize>n << 2);
      break;
    case RELU: {
      const zero = f32x4.splat(0);
      for (; z < end; z += 16, y += 16) v128.store(y, f32x4.pmax(v128.load(z), zero));
      break;
    }
    case TANH:
      for (; z + 64 <= end; z += 64, y += 64) tanh16(z, y);
      for (; z < end; z += 16, y += 16) v128.store(y, tanh4(v128.load(z)));
      break;
    case SILU:
      for (; z < end; z += 16, y += 16) {
        const v = v128.load(z);
        v128.store(y, f32x4.mul(v, sigmoid4(v)));
      }
      break;
    case GELU:
      for (; z < end; z += 16, y += 16) {
        const v = v128.load(z);
        v128.store(y, f32x4.mul(f32x4.mul(v128.load32_splat(T, 0), v), f32x4.add(one, gelu_inner(v))));
      }
      break;
    case ELU: {
      const zero = f32x4.splat(0);
      for (; z < end; z += 16, y += 16) {
        const v = v128.load(z);
        v128.store(y, v128.bitselect(v, f32x4.sub(exp4(v), one), f32x4.gt(v, zero)));
      }
      break;
    }
    case SIGMOID:
      for (; z < end; z += 16, y += 16) v128.store(y, sigmoid4(v128.load(z)));
      break;
  }
}

/** dy = dy activation'(z), in place. @param y outputs; z inputs, read by SILU and GELU only */
export function activation_backward(code: i32, dy: usize, y: usize, z: usize, n: i32): void {
  const end = dy + (<usize>n << 2);
  const one = v128.load32_splat(T, 4);
  switch (code) {
    case RELU: {
      const zero = f32x4.splat(0);
      for (; dy < end; dy += 16, y += 16) v128.store(dy, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
      break;
    }
    case TANH:
      for (; dy < end; dy += 16, y += 16) {
        const v = v128.load(y);
        v128.store(dy, f32x4.mul(v128.load(dy), f32x4.sub(one, f32x4.mul(v, v))));
      }
      break;
    case SILU:
      for (; dy < end; dy += 16, z += 16) {
        const v = v128.load(z);
        const s = sigmoid4(v);
        const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(v, f32x4.sub(one, s))));
        v128.store(dy, f32x4.mul(v128.load(dy), slope));
      }
      break;
    case GELU:
      for (; dy < end; dy += 16, z += 16) {
        const v = v128.load(z);
        const half = v128.load32_splat(T, 0);
        const t = gelu_inner(v);
        const inner = f32x4.mul(
          v128.load32_splat(T, 8),
          f32x4.add(one, f32x4.mul(v128.load32_splat(T, 16), f32x4.mul(v, v))),
        );
        const slope = f32x4.add(
          f32x4.mul(half, f32x4.add(one, t)),
          f32x4.mul(f32x4.mul(f32x4.mul(half, v), f32x4.sub(one, f32x4.mul(t, t))), inner),
        );
        v128.store(dy, f32x4.mul(v128.load(dy), slope));
      }
      break;
    case ELU: {
      const zero = f32x4.splat(0);
      for (; dy < end; dy += 16, y += 16) {
        const v = v128.load(y);
        const d = v128.load(dy);
        v128.store(dy, v128.bitselect(d, f32x4.mul(d, f32x4.add(v, one)), f32x4.gt(v, zero)));
      }
      break;
    }
    case SIGMOID:
      for (; dy < end; dy += 16, y += 16) {
        const v = v128.load(y);
        v128.store(dy, f32x4.mul(v128.load(dy), f32x4.mul(v, f32x4.sub(one, v))));
      }
      break;
  }
}
