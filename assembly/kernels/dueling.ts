// The dueling head (Wang et al. 2016, eq. 9): Q = V + A - mean(A), V in column 0 of the head. Letters: A actions.

export function dueling_forward(rows: i32, A: i32, head: usize, ldh: usize, q: usize, ldq: usize): void {
  for (let r = 0; r < rows; r++, head += ldh, q += ldq) {
    let sum: f32 = 0;
    for (let a = 1; a <= A; a++) sum += load<f32>(head + (<usize>a << 2));
    const mean: f32 = sum / <f32>A;
    const value = load<f32>(head);
    for (let a = 0; a < A; a++) store<f32>(q + (<usize>a << 2), value + load<f32>(head + (<usize>a << 2), 4) - mean);
  }
}

export function dueling_backward(rows: i32, A: i32, dq: usize, ldq: usize, dhead: usize, ldh: usize): void {
  for (let r = 0; r < rows; r++, dhead += ldh, dq += ldq) {
    let sum: f32 = 0;
    for (let a = 0; a < A; a++) sum += load<f32>(dq + (<usize>a << 2));
    const mean: f32 = sum / <f32>A;
    store<f32>(dhead, sum);
    for (let a = 0; a < A; a++) store<f32>(dhead + (<usize>a << 2), load<f32>(dq + (<usize>a << 2)) - mean, 4);
  }
}
