// Operations on whole blocks of parameters, seen as vectors: copies, target networks, the norm of a gradient, searches along
// a direction. All blocks of one operation have the same specs. Elements run in the order in which the block is stored (see
// backends/parameter-layout.ts), padding included.

import type { Parameters, Tensor } from "./handles.ts";

export interface VectorOperations {
  /** target = source. */
  copy(target: Parameters, source: Parameters): void;

  /** target += tau (online - target). Results below 1e-30 in size become 0 (see `OptimizerOperations.adam`). tau 1 copies. */
  polyak(target: Parameters, online: Parameters, tau: number): void;

  /** y = scaleY y + scaleX x, elementwise. Both scales are finite and rounded to f32 first. */
  combine(y: Parameters, scaleY: number, x: Parameters, scaleX: number): void;

  /**
   * Sum of x y over all elements, in float64 and rounded at the end. Order: lane l of 4 takes elements l, l + 4, ...; then
   * (l0 + l2) + (l1 + l3).
   * @param result [1, columns], written in `column`
   */
  dot(x: Parameters, y: Parameters, result: Tensor, column: number): void;

  /**
   * Scales gradients by min(1, maxNorm / (norm + 1e-6)).
   * Order of the sum of squares: lane l of 16 takes elements l, l + 16, ...; lanes l and l + 8, then + 4, + 2, + 1 are added.
   * @param norm [1, 2], written: the norm before scaling, and the factor
   */
  clipNorm(gradients: Parameters, maxNorm: number, norm: Tensor): void;
}
