// Conjugate gradient (Hestenes & Stiefel 1952, https://doi.org/10.6028/jres.049.044): solves A x = b for a symmetric positive
// matrix A, of which only products A v are needed. Vectors are blocks of parameters.

import type { Backend } from "../../backend.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../operations/handles.ts";

/** Writes A v into `product`; both are blocks of the same specs. */
export type LinearMap = (v: Parameters, product: Parameters) => void;

/** Squared length of the residual below which the solution counts as exact, as in Stable-Baselines3 Contrib. */
const TOLERANCE = 1e-10;

/** Solver with planned blocks: `solve` allocates none. */
export class ConjugateGradient {
  readonly #backend: Backend;
  /** The residual b - A x, the search direction, and A times the direction. */
  readonly #residual: Parameters;
  readonly #direction: Parameters;
  readonly #product: Parameters;
  readonly #result: Tensor;

  constructor(backend: Backend, specs: readonly ParameterSpec[]) {
    this.#backend = backend;
    this.#residual = backend.parameters(specs);
    this.#direction = backend.parameters(specs);
    this.#product = backend.parameters(specs);
    this.#result = backend.tensor(1, 1);
  }

  /**
   * Searches from x = 0 for at most `iterations` steps. The search ends early when the residual is nearly 0, or when rounding
   * leaves no positive curvature.
   * @param b read before the first product, so that `map` may overwrite it
   * @param x written; must not be `b`
   * @returns number of steps made
   */
  solve(map: LinearMap, b: Parameters, x: Parameters, iterations: number): number {
    const { vectors } = this.#backend;
    const [residual, direction, product] = [this.#residual, this.#direction, this.#product];
    vectors.copy(x, b);
    vectors.combine(x, 0, b, 0);
    vectors.copy(residual, b);
    vectors.copy(direction, b);
    let square = this.#dot(residual, residual);
    let steps = 0;
    while (steps < iterations && square >= TOLERANCE) {
      map(direction, product);
      const curvature = this.#dot(direction, product);
      if (!(curvature > 0)) break;
      const length = square / curvature;
      vectors.combine(x, 1, direction, length);
      vectors.combine(residual, 1, product, -length);
      const next = this.#dot(residual, residual);
      vectors.combine(direction, next / square, residual, 1);
      square = next;
      steps++;
    }
    return steps;
  }

  #dot(x: Parameters, y: Parameters): number {
    this.#backend.vectors.dot(x, y, this.#result, 0);
    return this.#backend.latest(this.#result, 0);
  }
}
