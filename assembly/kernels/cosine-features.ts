// Cosines of drawn fractions, the inputs of implicit quantile networks (Dabney et al. 2018b, eq. 4). Letters: B rows, N
// fractions of each; row b N + n belongs to fraction n of row b.

import { cos } from "../math/sin-cos";
import { block } from "./transpose";

// Two pairs of float64 as four float32.
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  const l = f32x4.demote_f64x2_zero(low), h = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(l, h, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

// 2 cos(x) cos(i x) - cos((i - 1) x) = cos((i + 1) x), of two x.
// @ts-ignore: decorator
@inline
function following(twice: v128, current: v128, previous: v128): v128 {
  return f64x2.sub(f64x2.mul(twice, current), previous);
}

// @ts-ignore: decorator
@inline
function first_cosine(fraction: usize): f64 {
  return cos(NativeMath.PI * <f64>load<f32>(fraction));
}

/** The features of four fractions at once; columns is a multiple of 4. (measured: bench/kernels, 275 -> 113 us for 2048) */
function four_rows(columns: i32, fractions: usize, features: usize, ld: usize): void {
  const a = f64x2(first_cosine(fractions), first_cosine(fractions + 4));
  const b = f64x2(first_cosine(fractions + 8), first_cosine(fractions + 12));
  const twiceA = f64x2.add(a, a), twiceB = f64x2.add(b, b);
  let a0 = f64x2.splat(1), b0 = a0, a1 = a, b1 = b;
  for (let i = columns; i > 0; i -= 4, features += 16) {
    const a2 = following(twiceA, a1, a0), b2 = following(twiceB, b1, b0);
    const a3 = following(twiceA, a2, a1), b3 = following(twiceB, b2, b1);
    block(narrow(a0, b0), narrow(a1, b1), narrow(a2, b2), narrow(a3, b3), features, ld);
    a0 = following(twiceA, a3, a2); b0 = following(twiceB, b3, b2);
    a1 = following(twiceA, a0, a3); b1 = following(twiceB, b0, b3);
  }
}

/** features[b N + n, i] = cos(pi i fractions[b, n]), i < columns; cos((i + 1) x) = 2 cos(x) cos(i x) - cos((i - 1) x). */
export function cosine_features(
  B: i32, N: i32, columns: i32, fractions: usize, ldf: usize, features: usize, ld: usize,
): void {
  const fours = columns & 3 ? 0 : N & ~3;
  for (let b = 0; b < B; b++, fractions += ldf) {
    let n = 0;
    for (; n < fours; n += 4, features += 4 * ld) four_rows(columns, fractions + (<usize>n << 2), features, ld);
    for (; n < N; n++, features += ld) {
      const first = first_cosine(fractions + (<usize>n << 2));
      let previous: f64 = 1, current = first;
      store<f32>(features, 1);
      for (let i: usize = 4; i < <usize>columns << 2; i += 4) {
        store<f32>(features + i, <f32>current);
        const next = 2 * first * current - previous;
        previous = current;
        current = next;
      }
    }
  }
}
