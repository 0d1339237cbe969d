// Layer normalisation (Ba et al. 2016). Row sums: lane l of 4 takes columns l, l + 4, ...; then (l0 + l2) + (l1 + l3).
// Letters: O columns. Lanes past the row's end are masked out, padding columns of the outputs become 0.

import { lane_sum } from "./lanes";

const MASKS = memory.data<u32>([
  0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0,
  0xffffffff, 0xffffffff, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0,
], 16);

/** @param statistics rows of (mean, 1 / sqrt(variance + epsilon)), 16 bytes apart */
export function layer_norm_forward(
  rows: i32, O: i32, x: usize, ld: usize, scale: usize, shift: usize, epsilon: f32, y: usize, statistics: usize,
): void {
  const last = <usize>((O - 1) & ~3) << 2;
  const mask = v128.load(MASKS + (<usize>(O & 3) << 4));
  const width = <f32>O;
  for (let r = 0; r < rows; r++, x += ld, y += ld, statistics += 16) {
    let s = f32x4.splat(0);
    for (let j: usize = 0; j < last; j += 16) s = f32x4.add(s, v128.load(x + j));
    s = f32x4.add(s, v128.and(v128.load(x + last), mask));
    const mean = lane_sum(s) / width;
    const means = f32x4.splat(mean);
    s = f32x4.splat(0);
    for (let j: usize = 0; j < last; j += 16) {
      const d = f32x4.sub(v128.load(x + j), means);
      s = f32x4.add(s, f32x4.mul(d, d));
    }
    const d = v128.and(f32x4.sub(v128.load(x + last), means), mask);
    s = f32x4.add(s, f32x4.mul(d, d));
    const rstd: f32 = 1 / sqrt<f32>(lane_sum(s) / width + epsilon);
    const rstds = f32x4.splat(rstd);
    for (let j: usize = 0; j <= last; j += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + j), means), rstds);
      v128.store(y + j, f32x4.add(f32x4.mul(normal, v128.load(scale + j)), v128.load(shift + j)));
    }
    v128.store(y + last, v128.and(v128.load(y + last), mask));
    store<f32>(statistics, mean);
    store<f32>(statistics, rstd, 4);
  }
}

/** dscale and dshift (0: the layer is frozen) and dx are overwritten; dx may be dy. */
export function layer_norm_backward(
  rows: i32, O: i32, x: usize, ld: usize, statistics: usize, dy: usize, scale: usize,
  dscale: usize, dshift: usize, dx: usize,
): void {
  const last = <usize>((O - 1) & ~3) << 2;
  const mask = v128.load(MASKS + (<usize>(O & 3) << 4));
  const width = <f32>O;
  if (dscale) {
    memory.fill(dscale, 0, last + 16);
    memory.fill(dshift, 0, last + 16);
  }
  for (let r = 0; r < rows; r++, x += ld, dy += ld, dx += ld, statistics += 16) {
    const means = v128.load32_splat(statistics);
    const rstds = v128.load32_splat(statistics, 4);
    let s1 = f32x4.splat(0), s2 = f32x4.splat(0);
    // Two loops: a decision in the one would cost it 1.6 % (measured, 64 x 256, Node 20).
    if (!dscale) {
      for (let j: usize = 0; j <= last; j += 16) {
        const live = j == last ? mask : i32x4.splat(-1);
        const normal = f32x4.mul(f32x4.sub(v128.load(x + j), means), rstds);
        const g = v128.and(f32x4.mul(v128.load(dy + j), v128.load(scale + j)), live);
        s1 = f32x4.add(s1, g);
        s2 = f32x4.add(s2, v128.and(f32x4.mul(g, normal), live));
      }
    } else for (let j: usize = 0; j <= last; j += 16) {
      const live = j == last ? mask : i32x4.splat(-1);
      const d = v128.and(v128.load(dy + j), live);
      const normal = f32x4.mul(f32x4.sub(v128.load(x + j), means), rstds);
      const g = f32x4.mul(d, v128.load(scale + j));
      s1 = f32x4.add(s1, v128.and(g, live));
      s2 = f32x4.add(s2, v128.and(f32x4.mul(g, normal), live));
      v128.store(dshift + j, f32x4.add(v128.load(dshift + j), d));
      v128.store(dscale + j, f32x4.add(v128.load(dscale + j), v128.and(f32x4.mul(d, normal), live)));
    }
    const m1 = f32x4.splat(lane_sum(s1) / width);
    const m2 = f32x4.splat(lane_sum(s2) / width);
    for (let j: usize = 0; j <= last; j += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + j), means), rstds);
      const g = f32x4.mul(v128.load(dy + j), v128.load(scale + j));
      v128.store(dx + j, f32x4.mul(rstds, f32x4.sub(f32x4.sub(g, m1), f32x4.mul(normal, m2))));
    }
    v128.store(dx + last, v128.and(v128.load(dx + last), mask));
  }
}
