// What implicit quantile networks need beside dense layers (Dabney et al. 2018b). Letters: B rows, N fractions of each,
// H units of the embedding; row b N + n belongs to fraction n of row b.

import { cos, PI } from "../../engine/math.ts";

const f = Math.fround;

export function cosineFeatures(count: number, columns: number, fractions: Float32Array, features: Float32Array): void {
  for (let r = 0; r < count; r++) {
    const first = cos(PI * fractions[r]);
    let previous = 1;
    let current = first;
    features[r * columns] = 1;
    for (let i = 1; i < columns; i++) {
      features[r * columns + i] = current;
      [previous, current] = [current, 2 * first * current - previous];
    }
  }
}

export function modulate(
  B: number,
  N: number,
  H: number,
  state: Float32Array,
  embedding: Float32Array,
  y: Float32Array,
): void {
  for (let r = 0; r < B * N; r++) {
    const b = Math.floor(r / N);
    for (let h = 0; h < H; h++) y[r * H + h] = state[b * H + h] * embedding[r * H + h];
  }
}

export function modulateBackward(
  B: number,
  N: number,
  H: number,
  state: Float32Array,
  embedding: Float32Array,
  dy: Float32Array,
  dEmbedding: Float32Array,
  dState: Float32Array | null,
): void {
  dState?.fill(0, 0, B * H);
  for (let r = 0; r < B * N; r++) {
    const b = Math.floor(r / N);
    for (let h = 0; h < H; h++) {
      const slope = dy[r * H + h];
      if (dState !== null) dState[b * H + h] = dState[b * H + h] + f(slope * embedding[r * H + h]);
      dEmbedding[r * H + h] = slope * state[b * H + h];
    }
  }
}

/** from [B, rows, columns] to [B, columns, rows]: fractions outside or inside the actions. */
export function exchange(B: number, rows: number, columns: number, from: Float32Array, to: Float32Array): void {
  for (let b = 0; b < B; b++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) to[(b * columns + c) * rows + r] = from[(b * rows + r) * columns + c];
    }
  }
}
