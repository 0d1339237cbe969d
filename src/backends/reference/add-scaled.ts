// y += scale x, over n numbers.

const f = Math.fround;

export function addScaled(n: number, x: Float32Array, scale: number, y: Float32Array): void {
  const factor = f(scale);
  for (let k = 0; k < n; k++) y[k] += f(factor * x[k]);
}
