// Runs one program on a backend and on the reference, and compares all that it read.

import type { Backend } from "../../src/backend.ts";
import type { ParameterSpec, Parameters, Reading, Tensor } from "../../src/operations/handles.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits } from "./compare.ts";
import type { Sampler } from "./sampler.ts";

export const SEED: number = Number(process.env.BELLWETHER_SEED ?? 1);

/** Sizes around every vector, panel and tile width. */
export const ROWS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 31, 32, 33, 64, 65];
export const WIDTHS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 24, 31, 33, 64, 65, 84, 100, 120,
];
/** What outputs hold before an operation: an untouched number shows as itself. */
export const SENTINEL = 7.25;

/** What one run of a program read, by name. */
export type Outputs = Record<string, ArrayLike<number>>;
/** The same, not all of it there yet where the backend is a device. */
export type Readings = Record<string, ArrayLike<number> | Reading>;
export type Program = (backend: Backend) => Readings;

/** A backend and the reference to hold it to; one pair serves a whole test, so that their memories stay small. */
export class Pair {
  readonly #actual: Backend;
  readonly #expected: Backend;
  readonly #tolerance: number;

  /** @param tolerance of `expectClose`; 0: bit for bit */
  constructor(create: () => Backend, tolerance: number = 0) {
    this.#actual = create();
    this.#expected = BACKENDS[0].create();
    this.#tolerance = tolerance;
  }

  /** @returns a promise where the backend's readings are promises, to be awaited before the next program */
  agree(what: string, program: Program): Promise<void> | undefined {
    const expected = program(this.#expected);
    const actual = program(this.#actual);
    const compare = (key: string, numbers: ArrayLike<number>): void => {
      const name = `seed ${SEED}, ${what}: ${key}`;
      if (this.#tolerance === 0) expectSameBits(name, numbers, expected[key] as ArrayLike<number>);
      else expectClose(name, numbers, expected[key] as ArrayLike<number>, this.#tolerance);
    };
    const keys = Object.keys(expected);
    if (keys.some((key) => actual[key] instanceof Promise)) {
      return Promise.all(keys.map(async (key) => compare(key, await actual[key]))).then(() => {});
    }
    for (const key of keys) compare(key, actual[key] as ArrayLike<number>);
    return undefined;
  }
}

export function tensorOf(backend: Backend, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = backend.tensor(rows, columns);
  backend.write(tensor, values);
  return tensor;
}

/** A tensor full of sentinels. */
export function output(backend: Backend, rows: number, columns: number): Tensor {
  return tensorOf(backend, rows, columns, new Float32Array(rows * columns).fill(SENTINEL));
}

export function parametersOf(
  backend: Backend,
  specs: readonly ParameterSpec[],
  values: readonly ArrayLike<number>[],
): Parameters {
  const parameters = backend.parameters(specs);
  values.forEach((array, k) => {
    backend.writeParameter(parameters, k, array);
  });
  return parameters;
}

export function readAll(backend: Backend, name: string, parameters: Parameters): Readings {
  const arrays = parameters.specs.map((_, k) => [`${name} ${k}`, backend.readParameter(parameters, k)]);
  return Object.fromEntries(arrays);
}

export function size(spec: ParameterSpec): number {
  return spec.shape[0] * (spec.shape[1] ?? 1);
}

/** Tensors hold two rows more than are used, in every second case. */
export function plannedRows(rows: number, sampler: Sampler): number {
  return rows + (sampler.next() < 0.5 ? 2 : 0);
}
