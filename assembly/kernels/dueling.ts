// The dueling head (Wang et al. 2016, eq. 9): Q = V + A - mean(A), for each of N atoms apart. Letters: A actions; a row of the
// head is V's N atoms, then those of A_1 ... A_A; a row of q is those of Q_1 ... Q_A. Sums over the actions run in order.

export function dueling_forward(rows: i32, A: i32, N: i32, head: usize, ldh: usize, q: usize, ldq: usize): void {
  const width = <usize>N << 2, end = <usize>A * width, vectors = width & ~15;
  const actions = f32x4.splat(<f32>A);
  for (let r = 0; r < rows; r++, head += ldh, q += ldq) {
    for (let i: usize = 0; i < vectors; i += 16) {
      const from = head + i, to = q + i;
      let sum = f32x4.splat(0);
      for (let a: usize = 0; a < end; a += width) sum = f32x4.add(sum, v128.load(from + width + a));
      const mean = f32x4.div(sum, actions);
      const value = v128.load(from);
      for (let a: usize = 0; a < end; a += width) {
        v128.store(to + a, f32x4.sub(f32x4.add(value, v128.load(from + width + a)), mean));
      }
    }
    for (let i = vectors; i < width; i += 4) {
      const from = head + i, to = q + i;
      let sum: f32 = 0;
      for (let a: usize = 0; a < end; a += width) sum += load<f32>(from + width + a);
      const mean: f32 = sum / <f32>A;
      const value = load<f32>(from);
      for (let a: usize = 0; a < end; a += width) store<f32>(to + a, value + load<f32>(from + width + a) - mean);
    }
  }
}

export function dueling_backward(rows: i32, A: i32, N: i32, dq: usize, ldq: usize, dhead: usize, ldh: usize): void {
  const width = <usize>N << 2, end = <usize>A * width, vectors = width & ~15;
  const actions = f32x4.splat(<f32>A);
  for (let r = 0; r < rows; r++, dhead += ldh, dq += ldq) {
    for (let i: usize = 0; i < vectors; i += 16) {
      const from = dq + i, to = dhead + i;
      let sum = f32x4.splat(0);
      for (let a: usize = 0; a < end; a += width) sum = f32x4.add(sum, v128.load(from + a));
      const mean = f32x4.div(sum, actions);
      v128.store(to, sum);
      for (let a: usize = 0; a < end; a += width) v128.store(to + width + a, f32x4.sub(v128.load(from + a), mean));
    }
    for (let i = vectors; i < width; i += 4) {
      const from = dq + i, to = dhead + i;
      let sum: f32 = 0;
      for (let a: usize = 0; a < end; a += width) sum += load<f32>(from + a);
      const mean: f32 = sum / <f32>A;
      store<f32>(to, sum);
      for (let a: usize = 0; a < end; a += width) store<f32>(to + width + a, load<f32>(from + a) - mean);
    }
  }
}
