// State-dependent noise of Gaussian policies (Raffin et al. 2021, https://arxiv.org/abs/2005.05719): exploration matrices,
// what they add to means, the deviations that follow, and the gradients of those.
//
// B rows, H features z (ldz bytes apart), D dimensions. Matrices [H, C], C = D or 1, lie as parameters do
// (src/backends/parameter-layout.ts): panels of 8 features, the last one 8 or 4, dimensions outermost. Sums over features
// run in 4 lanes; what lies past the H-th feature is not read.

import { exp4, exp_scalar } from "../math/exp";
import { log_scalar } from "../math/log";
import { madd } from "../math/madd";
import { random_fill_normal } from "../math/random";
import { lane_sum, load_part } from "./lanes";

const EPSILON: f32 = 1e-6;

/** Bytes of a matrix. */
function size(H: i32, C: i32): usize {
  return <usize>(((H + 3) & ~3) * C) << 2;
}

/** Where the numbers of features h .. h + 3 for dimension d are, h a multiple of 4. */
function place(h: i32, d: i32, H: i32, C: i32): usize {
  const panel = h & ~7;
  return <usize>(panel * C + min(d, C - 1) * min(8, ((H + 3) & ~3) - panel) + (h & 4)) << 2;
}

/** sum over h of z[h] m[h, d], or of its square */
function product(z: usize, squared: bool, m: usize, d: i32, H: i32, C: i32): f32 {
  const column = <usize>min(d, C - 1);
  let sum = f32x4.splat(0);
  m += column << 5;
  for (let left = H; left > 0; left -= 8, z += 32, m += <usize>C << 5) {
    // The last panel may be half as wide.
    if (left <= 4) m -= column << 4;
    let x = load_part(z, left);
    if (squared) x = f32x4.mul(x, x);
    sum = madd(sum, x, v128.load(m));
    if (left <= 4) break;
    x = load_part(z + 16, left - 4);
    if (squared) x = f32x4.mul(x, x);
    sum = madd(sum, x, v128.load(m, 16));
  }
  return lane_sum(sum);
}

/** matrix[h, d] = exp(logStd[h, d]) n; the normal numbers n of a dimension are drawn together */
export function state_noise_draw(stream: usize, H: i32, D: i32, C: i32, logStd: usize, matrix: usize): void {
  for (let d = 0; d < D; d++) {
    for (let h = 0; h < H; h += 4) {
      const to = matrix + place(h, d, H, D);
      // Numbers come in pairs, so that fours follow each other as one row would.
      random_fill_normal(stream, to, 1, min(4, H - h), 0, 0, 1);
      v128.store(to, f32x4.mul(exp4(v128.load(logStd + place(h, d, H, C))), v128.load(to)));
    }
  }
}

/** u[b, d] += sum over h of z[b, h] m[h, d], m matrix (first + b) mod E */
export function state_noise_add(
  B: i32, H: i32, D: i32, z: usize, ldz: usize, matrices: usize, first: i32, E: i32, u: usize, ldu: usize,
): void {
  for (let b = 0; b < B; b++, z += ldz, u += ldu) {
    const m = matrices + <usize>((first + b) % E) * size(H, D);
    for (let d = 0; d < D; d++) {
      const to = u + (<usize>d << 2);
      store<f32>(to, load<f32>(to) + product(z, false, m, d, H, D));
    }
  }
}

/** variances = exp(2 logStd); s[b, d] = ln(1e-6 + sum over h of z[b, h]^2 variances[h, d]) / 2 */
export function state_noise_deviations(
  B: i32, H: i32, D: i32, C: i32, z: usize, ldz: usize, logStd: usize, variances: usize, s: usize, lds: usize,
): void {
  for (let k: usize = 0; k < size(H, C); k += 16) {
    const l = v128.load(logStd + k);
    v128.store(variances + k, exp4(f32x4.add(l, l)));
  }
  for (let b = 0; b < B; b++, z += ldz, s += lds) {
    for (let d = 0; d < D; d++) {
      const v = EPSILON + product(z, true, variances, d, H, C);
      // The logarithm of infinity or NaN would look like any other.
      store<f32>(s + (<usize>d << 2), v - v == 0 ? <f32>0.5 * log_scalar(v) : v);
    }
  }
}

/** exp(-2 s) x */
function per_variance(x: f32, s: usize): f32 {
  const deviation = exp_scalar(load<f32>(s));
  return x / (deviation * deviation);
}

/** dLogStd[h, c] = variances[h, c] times the sum over d of c, then b, of z[b, h]^2 w[b, d], w = exp(-2 s) ds in place of ds */
export function state_noise_gradient(
  B: i32, H: i32, D: i32, C: i32, z: usize, ldz: usize, variances: usize, s: usize, ds: usize, lds: usize, dLogStd: usize,
): void {
  for (let b: usize = 0; b < <usize>B * lds; b += lds) {
    for (let k = b; k < b + (<usize>D << 2); k += 4) store<f32>(ds + k, per_variance(load<f32>(ds + k), s + k));
  }
  for (let c = 0; c < C; c++) {
    for (let h = 0; h < H; h += 4) {
      let sum = f32x4.splat(0);
      for (let d = c; d < D; d += C == 1 ? 1 : D) {
        let x = z + (<usize>h << 2), w = ds + (<usize>d << 2);
        for (let b = 0; b < B; b++, x += ldz, w += lds) {
          const v = load_part(x, H - h);
          sum = madd(sum, f32x4.mul(v, v), v128.load32_splat(w));
        }
      }
      const at = place(h, c, H, C);
      v128.store(dLogStd + at, f32x4.mul(v128.load(variances + at), sum));
    }
  }
}

/** t becomes variances t; ds[b, d] = exp(-2 s) times the sum over h of z[b, h]^2 t[h, d] */
export function state_noise_tangent(
  B: i32, H: i32, D: i32, C: i32, z: usize, ldz: usize, variances: usize, t: usize, s: usize, ds: usize, lds: usize,
): void {
  for (let k: usize = 0; k < size(H, C); k += 16) {
    v128.store(t + k, f32x4.mul(v128.load(variances + k), v128.load(t + k)));
  }
  for (let b: usize = 0; b < <usize>B * lds; b += lds, z += ldz) {
    for (let d = 0; d < D; d++) {
      const k = b + (<usize>d << 2);
      store<f32>(ds + k, per_variance(product(z, true, t, d, H, C), s + k));
    }
  }
}
