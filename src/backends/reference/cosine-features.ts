// Cosines of drawn fractions, the inputs of implicit quantile networks (Dabney et al. 2018b, eq. 4).

import { cos, PI } from "../../engine/math.ts";

/** @param count fractions, a row of features each */
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
