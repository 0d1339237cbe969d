// The dueling head (Wang et al. 2016, eq. 9): Q = V + A - mean(A), for each of N atoms by itself. Letters: B rows, A
// actions. A row of the head holds the N atoms of V, then those of A_1 ... A_A; a row of q holds those of Q_1 ... Q_A.

const f = Math.fround;

export function duelingForward(B: number, A: number, N: number, head: Float32Array, q: Float32Array): void {
  for (let b = 0; b < B; b++) {
    const row = b * (1 + A) * N;
    for (let i = 0; i < N; i++) {
      const advantage = (a: number): number => head[row + (1 + a) * N + i];
      let sum = 0;
      for (let a = 0; a < A; a++) sum = f(sum + advantage(a));
      const mean = f(sum / A);
      for (let a = 0; a < A; a++) q[(b * A + a) * N + i] = f(f(head[row + i] + advantage(a)) - mean);
    }
  }
}

export function duelingBackward(B: number, A: number, N: number, dQ: Float32Array, dHead: Float32Array): void {
  for (let b = 0; b < B; b++) {
    const row = b * (1 + A) * N;
    for (let i = 0; i < N; i++) {
      const slope = (a: number): number => dQ[(b * A + a) * N + i];
      let sum = 0;
      for (let a = 0; a < A; a++) sum = f(sum + slope(a));
      const mean = f(sum / A);
      dHead[row + i] = sum;
      for (let a = 0; a < A; a++) dHead[row + (1 + a) * N + i] = f(slope(a) - mean);
    }
  }
}
