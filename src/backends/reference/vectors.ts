// Blocks of parameters as vectors.

const f = Math.fround;

const LANES = 4;

export function combine(y: Float32Array, scaleY: number, x: Float32Array, scaleX: number): void {
  const [old, added] = [f(scaleY), f(scaleX)];
  for (let k = 0; k < y.length; k++) y[k] = f(f(old * y[k]) + f(added * x[k]));
}

export function dot(x: Float32Array, y: Float32Array): number {
  const lanes = [0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) lanes[k % LANES] += x[k] * y[k];
  return f(lanes[0] + lanes[2] + (lanes[1] + lanes[3]));
}
