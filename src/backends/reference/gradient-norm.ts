// Clipping by the global norm (Pascanu et al. 2013).

const f = Math.fround;

const LANES = 16;
const lanes = new Float32Array(LANES);

/**
 * Root of the sum of squares of a block (a multiple of 16 numbers). Lane l takes elements l, l + 16, ...; then lanes l and
 * l + 8, l + 4, l + 2, l + 1 are added.
 */
export function gradientNorm(block: Float32Array): number {
  lanes.fill(0);
  for (let k = 0; k < block.length; k++) lanes[k % LANES] += f(block[k] * block[k]);
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let l = 0; l < half; l++) lanes[l] += lanes[l + half];
  }
  return f(Math.sqrt(lanes[0]));
}

/** Scales the block by min(1, maxNorm / (norm + 1e-6)). A NaN norm makes every number NaN, so that it does not go unnoticed. */
export function clipGradientNorm(block: Float32Array, maxNorm: number, norm: number): number {
  const ratio = f(f(maxNorm) / f(norm + f(1e-6)));
  if (ratio >= 1) return 1;
  for (let k = 0; k < block.length; k++) block[k] *= ratio;
  return ratio;
}
