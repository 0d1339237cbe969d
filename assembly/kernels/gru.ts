// Gated recurrent units (Cho et al. 2014) in PyTorch's form, gates in the order r, z, n:
//
//   r = sigmoid(a_r + b_r)   z = sigmoid(a_z + b_z)   n = tanh(a_n + r b_n)   h = n + z (h' - n)
//
// with a = W_ih x + b_ih, which is there for all steps already, b = W_hh h' + b_hh, and h' the state before: 0 where an
// episode starts. Row t S + s is step t of sequence s; rows of a and b are ld3 bytes apart, rows of H numbers ldH, those of
// `start` 16. Weights lie in panels (src/backends/parameter-layout.ts). Letters: T steps, S sequences, H units.

import { sigmoid4 } from "../math/exp";
import { tanh4 } from "../math/tanh";
import { gemm } from "./gemm";
import { load_part, store_part } from "./lanes";
import { transpose_weights } from "./transpose";

const ZEROS = memory.data(32, 16);
const ONE = memory.data<f32>([1.0], 16);

/**
 * @param state [S, H] before the first step
 * @param a overwritten by r, z, n; b written: W_hh h' + b_hh
 * @param previous written: h'; h written
 */
export function gru_forward(
  T: i32, S: i32, H: i32, start: usize, state: usize, w: usize, bias: usize,
  a: usize, b: usize, ld3: usize, previous: usize, h: usize, ldH: usize,
): void {
  const second = <usize>H << 2, third = second + second;
  for (let t = 0; t < T; t++) {
    for (let s = 0; s < S; s++, start += 16) {
      const row = previous + <usize>s * ldH;
      if (load<f32>(start) != 0) memory.fill(row, 0, second);
      else memory.copy(row, state + <usize>s * ldH, second);
    }
    gemm(S, H, 3 * H, previous, ldH, w, <usize>H << 5, b, ld3, ld3, 32, bias, 32, -Infinity);
    state = h;
    for (let s = 0; s < S; s++, a += ld3, b += ld3, previous += ldH, h += ldH) {
      for (let j: usize = 0, left = H; left > 0; j += 16, left -= 4) {
        const a2 = a + j + second, a3 = a + j + third;
        const r = sigmoid4(f32x4.add(load_part(a + j, left), load_part(b + j, left)));
        const z = sigmoid4(f32x4.add(load_part(a2, left), load_part(b + j + second, left)));
        const n = tanh4(f32x4.add(load_part(a3, left), f32x4.mul(r, load_part(b + j + third, left))));
        store_part(a + j, r, left);
        store_part(a2, z, left);
        store_part(a3, n, left);
        const before = load_part(previous + j, left);
        store_part(h + j, f32x4.add(n, f32x4.mul(z, f32x4.sub(before, n))), left);
      }
    }
  }
}

/**
 * Backwards through time, for the pass that a, b and previous hold; the state before the first step is a constant.
 * @param a, b overwritten by their gradients
 * @param dh gradient of h; overwritten by its part that passes by the gates to the step before
 * @param scratch gru_scratch_bytes bytes
 */
export function gru_backward(
  T: i32, S: i32, H: i32, start: usize, w: usize,
  a: usize, b: usize, ld3: usize, previous: usize, dh: usize, ldH: usize, scratch: usize,
): void {
  const second = <usize>H << 2, third = second + second;
  const panel = <usize>((3 * H + 3) & ~3) << 5;
  const product = scratch + <usize>((H + 7) >> 3) * panel;
  transpose_weights(w, 3 * H, H, scratch, panel);
  const one = v128.load32_splat(ONE);
  for (let t = T - 1; t >= 0; t--) {
    const first = <usize>t * <usize>S;
    for (let s: usize = 0; s < <usize>S; s++) {
      const row = first + s;
      const later = row + <usize>S;
      const goesOn = t < T - 1 && load<f32>(start + (later << 4)) == 0;
      const pa = a + row * ld3, pb = b + row * ld3, h = previous + row * ldH;
      const d = dh + row * ldH, dLater = dh + later * ldH, dGates = product + s * ldH;
      for (let j: usize = 0, left = H; left > 0; j += 16, left -= 4) {
        const a2 = pa + j + second, a3 = pa + j + third;
        let g = load_part(d + j, left);
        if (goesOn) g = f32x4.add(g, f32x4.add(load_part(dLater + j, left), load_part(dGates + j, left)));
        const r = load_part(pa + j, left), z = load_part(a2, left), n = load_part(a3, left);
        const passed = f32x4.mul(g, z);
        const dn = f32x4.mul(f32x4.sub(g, passed), f32x4.sub(one, f32x4.mul(n, n)));
        const dr = f32x4.mul(f32x4.mul(dn, load_part(pb + j + third, left)), f32x4.mul(r, f32x4.sub(one, r)));
        const dz = f32x4.mul(
          f32x4.mul(g, f32x4.sub(load_part(h + j, left), n)),
          f32x4.mul(z, f32x4.sub(one, z)),
        );
        store_part(pa + j, dr, left);
        store_part(a2, dz, left);
        store_part(a3, dn, left);
        store_part(pb + j, dr, left);
        store_part(pb + j + second, dz, left);
        store_part(pb + j + third, f32x4.mul(dn, r), left);
        store_part(d + j, passed, left);
      }
    }
    if (t > 0) {
      gemm(S, 3 * H, H, b + first * ld3, ld3, scratch, panel, product, ldH, ldH, 32, ZEROS, 0, -Infinity);
    }
  }
}

/** Bytes that gru_backward needs for so many sequences and units. */
export function gru_scratch_bytes(S: i32, H: i32): i32 {
  const width = (H + 7) & ~7;
  return (width * ((3 * H + 3) & ~3) + ((S + 3) & ~3) * width) * 4 + 256;
}
