// What implicit quantile networks need beside dense layers (Dabney et al. 2018b). Letters: B rows, N fractions of each, H
// units of the embedding; row b N + n belongs to fraction n of row b. Rows are ld bytes apart, their padding is 0.

import { cos } from "../math/sin-cos";

/** features[b N + n, i] = cos(pi i fractions[b, n]), i < columns; cos((i + 1) x) = 2 cos(x) cos(i x) - cos((i - 1) x). */
export function cosine_features(
  B: i32, N: i32, columns: i32, fractions: usize, ldf: usize, features: usize, ld: usize,
): void {
  for (let b = 0; b < B; b++, fractions += ldf) {
    for (let n: usize = 0; n < <usize>N << 2; n += 4, features += ld) {
      const first = cos(NativeMath.PI * <f64>load<f32>(fractions + n));
      let previous: f64 = 1, current = first;
      store<f32>(features, 1);
      for (let i: usize = 4; i < <usize>columns << 2; i += 4) {
        store<f32>(features + i, <f32>current);
        const following = 2 * first * current - previous;
        previous = current;
        current = following;
      }
    }
  }
}

/** y = state * embedding, the state's row for N rows of the embedding; y may be the embedding. */
export function modulate(B: i32, N: i32, state: usize, embedding: usize, y: usize, ld: usize): void {
  for (let b = 0; b < B; b++, state += ld) {
    for (let n = 0; n < N; n++, embedding += ld, y += ld) {
      for (let h: usize = 0; h < ld; h += 16) {
        v128.store(y + h, f32x4.mul(v128.load(state + h), v128.load(embedding + h)));
      }
    }
  }
}

/** @param dembedding may be dy @param dstate 0: not wanted */
export function modulate_backward(
  B: i32, N: i32, state: usize, embedding: usize, dy: usize, dembedding: usize, dstate: usize, ld: usize,
): void {
  const block = <usize>N * ld;
  for (let b = 0; b < B; b++, state += ld, embedding += block, dy += block, dembedding += block) {
    for (let h: usize = 0; h < ld; h += 16) {
      const s = v128.load(state + h);
      let sum = f32x4.splat(0);
      for (let r = h; r < block; r += ld) {
        const d = v128.load(dy + r);
        sum = f32x4.add(sum, f32x4.mul(d, v128.load(embedding + r)));
        v128.store(dembedding + r, f32x4.mul(d, s));
      }
      if (dstate) v128.store(dstate + h, sum);
    }
    if (dstate) dstate += ld;
  }
}

/** Per b, to[a N + n] = from[n, a]: from A floats per fraction to N floats per action. */
export function fractions_fold(B: i32, N: i32, A: i32, from: usize, ldf: usize, to: usize, ldt: usize): void {
  for (let b = 0; b < B; b++, to += ldt) {
    for (let n: usize = 0; n < <usize>N << 2; n += 4, from += ldf) {
      let p = to + n;
      for (let a: usize = 0; a < <usize>A << 2; a += 4, p += <usize>N << 2) store<f32>(p, load<f32>(from + a));
    }
  }
}

/** The way back: per b, to[n, a] = from[a N + n]; padding columns of `to` become 0. */
export function fractions_unfold(B: i32, N: i32, A: i32, from: usize, ldf: usize, to: usize, ldt: usize): void {
  for (let b = 0; b < B; b++, from += ldf) {
    for (let n: usize = 0; n < <usize>N << 2; n += 4, to += ldt) {
      let p = from + n, a: usize = 0;
      for (; a < <usize>A << 2; a += 4, p += <usize>N << 2) store<f32>(to + a, load<f32>(p));
      for (; a < ldt; a += 4) store<f32>(to + a, 0);
    }
  }
}
