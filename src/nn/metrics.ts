// Named numbers of an agent's last update: losses, gradient norms, entropies. Operations write them into small tensors. This file
// knows the name of every column, the numbers that must be finite, and the numbers that checkpoints keep.

import type { Backend } from "../backend.ts";
import { DivergenceError } from "../errors.ts";
import type { CheckpointPart, CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { Tensor } from "../operations/handles.ts";

interface Metric {
  readonly name: string;
  readonly tensor: Tensor;
  readonly column: number;
  /** Name in the message when the number is not finite; undefined: any number passes. */
  readonly watched: string | undefined;
}

const FILE_TENSOR = "metrics";

/** Numbers of an agent's last update, by name. */
export class Metrics implements CheckpointPart {
  readonly #backend: Backend;
  readonly #where: string;
  readonly #position: { readonly envSteps: number; readonly updates: number };
  readonly #metrics: Metric[] = [];
  readonly #computed = new Map<string, { readonly value: () => number; readonly ofUpdate: boolean }>();
  #shown: readonly string[] = [];
  #inFile: readonly string[] = [];

  /**
   * @param where begins the message of an error
   * @param position the agent's counters, read when an update fails
   */
  constructor(backend: Backend, where: string, position: { readonly envSteps: number; readonly updates: number }) {
    this.#backend = backend;
    this.#where = where;
    this.#position = position;
  }

  /**
   * Names a number that updates write into a tensor.
   * @param tensor [1, columns]
   * @param column index of the number
   * @param watched name in the message of the DivergenceError when the number is not finite. Default: any number is accepted.
   */
  add(name: string, tensor: Tensor, column: number, watched?: string): void {
    this.#metrics.push({ name, tensor, column, watched });
  }

  /**
   * Names a number that is computed on demand, such as the present value of a schedule or a sum of other numbers.
   * @param ofUpdate true when the number depends on numbers that updates write: NaN before the first update. Default: false.
   */
  compute(name: string, value: () => number, ofUpdate: boolean = false): void {
    this.#computed.set(name, { value, ofUpdate });
  }

  /** Chooses the numbers that progress, logs and callbacks receive. @param names names in the order of display */
  show(names: readonly string[]): void {
    this.#shown = names;
  }

  /** Chooses the numbers of the tensor "metrics" in checkpoints. @param names names in order; an unknown name is saved as 0 */
  keep(names: readonly string[]): void {
    this.#inFile = names;
  }

  /** Returns a number of the last update; with a device (GPU), the number retrieved last. NaN for an unknown name. */
  latest(name: string): number {
    const metric = this.#find(name);
    return metric === undefined ? Number.NaN : this.#backend.latest(metric.tensor, metric.column);
  }

  #find(name: string): Metric | undefined {
    return this.#metrics.find((candidate) => candidate.name === name);
  }

  /** Returns all shown numbers by name. @param isKnown false before the first update: numbers that updates write are NaN then */
  record(isKnown: boolean): Record<string, number> {
    return Object.fromEntries(this.#shown.map((name) => [name, this.#value(name, isKnown)]));
  }

  #value(name: string, isKnown: boolean): number {
    const computed = this.#computed.get(name);
    if (!isKnown && (computed === undefined || computed.ofUpdate)) return Number.NaN;
    return computed === undefined ? this.latest(name) : computed.value();
  }

  /** All tensors with named numbers. With a device they have to be retrieved from it. */
  get tensors(): readonly Tensor[] {
    return [...new Set(this.#metrics.map(({ tensor }) => tensor))];
  }

  /** Checks all watched numbers. @throws DivergenceError when a watched number is not finite */
  requireFinite(): void {
    for (let i = 0; i < this.#metrics.length; i++) {
      const { tensor, column, watched } = this.#metrics[i];
      if (watched !== undefined) this.requireFiniteNumber(watched, tensor, column);
    }
  }

  /** Checks one number. @throws DivergenceError naming `what` when the number is not finite */
  requireFiniteNumber(what: string, tensor: Tensor, column: number): void {
    const value = this.#backend.latest(tensor, column);
    // x - x is 0 for finite numbers only.
    if (value - value !== 0) throw this.#divergence(what, value);
  }

  #divergence(what: string, value: number): DivergenceError {
    const { envSteps, updates } = this.#position;
    return new DivergenceError(
      `${this.#where}: ${what} expected a finite number, got ${value} in update ${updates + 1} (environment step ${envSteps}). ` +
        "Lower learningRate, set maxGradientNorm, or scale rewards down; go on from the last good checkpoint.",
    );
  }

  check(from: CheckpointReader): void {
    if (from.contents === "run" && this.#inFile.length > 0) from.tensor(FILE_TENSOR, Float32Array, this.#inFile.length);
  }

  load(from: CheckpointReader): void {
    if (from.contents !== "run" || this.#inFile.length === 0) return;
    const numbers = from.tensor(FILE_TENSOR, Float32Array, this.#inFile.length);
    for (const [tensor, columns] of this.#columnsInFile()) {
      const values = new Float32Array(tensor.columns);
      for (const { column, index } of columns) values[column] = numbers[index];
      this.#backend.write(tensor, values);
    }
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run" || this.#inFile.length === 0) return;
    const numbers = new Float32Array(this.#inFile.length);
    for (const [tensor, columns] of this.#columnsInFile()) {
      for (const { column, index } of columns) numbers[index] = this.#backend.latest(tensor, column);
    }
    to.tensor(FILE_TENSOR, numbers);
  }

  #columnsInFile(): Map<Tensor, { readonly column: number; readonly index: number }[]> {
    const byTensor = new Map<Tensor, { readonly column: number; readonly index: number }[]>();
    for (const [index, name] of this.#inFile.entries()) {
      const metric = this.#find(name);
      if (metric === undefined) continue;
      const columns = byTensor.get(metric.tensor) ?? [];
      columns.push({ column: metric.column, index });
      byTensor.set(metric.tensor, columns);
    }
    return byTensor;
  }
}
