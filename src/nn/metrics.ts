// The numbers of an agent's last update by name: losses, gradient norms, entropies. Losses write them into small tensors; this
// says which column has which name, which of them must be finite, and which are part of a checkpoint.

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
   * Names a number that updates write.
   * @param tensor [1, columns]
   * @param watched name in the message of the DivergenceError when the number is not finite [any number passes]
   */
  add(name: string, tensor: Tensor, column: number, watched?: string): void {
    this.#metrics.push({ name, tensor, column, watched });
  }

  /**
   * Names a number that is computed when somebody asks for it: a schedule's value, a sum of other numbers.
   * @param ofUpdate whether it is made of numbers that updates write, and is NaN before the first [false]
   */
  compute(name: string, value: () => number, ofUpdate: boolean = false): void {
    this.#computed.set(name, { value, ofUpdate });
  }

  /** Names, in their order, of the numbers that progress, logs and callbacks see. */
  show(names: readonly string[]): void {
    this.#shown = names;
  }

  /** Names, in their order, of the numbers that a file keeps in its tensor "metrics"; 0 where there is no such number. */
  keep(names: readonly string[]): void {
    this.#inFile = names;
  }

  /** The number that the last update left. On a device: that was last retrieved. */
  latest(name: string): number {
    const metric = this.#find(name);
    return metric === undefined ? Number.NaN : this.#backend.latest(metric.tensor, metric.column);
  }

  #find(name: string): Metric | undefined {
    return this.#metrics.find((candidate) => candidate.name === name);
  }

  /** All shown numbers. @param isKnown false before the first update: numbers that updates write are NaN then */
  record(isKnown: boolean): Record<string, number> {
    return Object.fromEntries(this.#shown.map((name) => [name, this.#value(name, isKnown)]));
  }

  #value(name: string, isKnown: boolean): number {
    const computed = this.#computed.get(name);
    if (!isKnown && (computed === undefined || computed.ofUpdate)) return Number.NaN;
    return computed === undefined ? this.latest(name) : computed.value();
  }

  /** The tensors behind the numbers, for whoever retrieves them from a device. */
  get tensors(): readonly Tensor[] {
    return [...new Set(this.#metrics.map(({ tensor }) => tensor))];
  }

  /** @throws DivergenceError when a watched number is not finite */
  requireFinite(): void {
    for (let i = 0; i < this.#metrics.length; i++) {
      const { tensor, column, watched } = this.#metrics[i];
      if (watched !== undefined) this.requireFiniteNumber(watched, tensor, column);
    }
  }

  /** @throws DivergenceError naming `what` when the number is not finite */
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
