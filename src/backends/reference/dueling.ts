// The dueling head (Wang et al. 2016, eq. 9): Q = V + A - mean(A). Letters: B rows, A actions; a head row is V, A_1 ... A_A.

const f = Math.fround;

export function duelingForward(B: number, A: number, head: Float32Array, q: Float32Array): void {
  for (let b = 0; b < B; b++) {
    const row = b * (1 + A);
    let sum = 0;
    for (let a = 0; a < A; a++) sum = f(sum + head[row + 1 + a]);
    const mean = f(sum / A);
    for (let a = 0; a < A; a++) q[b * A + a] = f(f(head[row] + head[row + 1 + a]) - mean);
  }
}

export function duelingBackward(B: number, A: number, dQ: Float32Array, dHead: Float32Array): void {
  for (let b = 0; b < B; b++) {
    const row = b * (1 + A);
    let sum = 0;
    for (let a = 0; a < A; a++) sum = f(sum + dQ[b * A + a]);
    const mean = f(sum / A);
    dHead[row] = sum;
    for (let a = 0; a < A; a++) dHead[row + 1 + a] = f(dQ[b * A + a] - mean);
  }
}
