// Conjugate gradient (Hestenes & Stiefel 1952, https://doi.org/10.6028/jres.049.044): solves A x = b for a symmetric positive
// A that is known by its products alone. Vectors are blocks of parameters.

import type { Backend } from "../../backend.ts";
import type { ParameterSpec, Parameters, Tensor } from "../../operations/handles.ts";

/** Writes A v into `product`; both are blocks of the same specs. */
export type LinearMap = (v: Parameters, product: Parameters) => void;

/** Squared length of the residual at which the solution is taken for exact, as in Stable-Baselines3 Contrib. */
const TOLERANCE = 1e-10;

export class ConjugateGradient {
  readonly #backend: Backend;
  /** b - A x, the direction of search, and A times it. */
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
   * Searches from x = 0 for `iterations` steps at most; ends before where the residual is gone, or where rounding has left
   * no curvature to go by.
   * @param b read before the first product: a map may overwrite it @param x written; not `b`
   * @returns steps made
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
