// A backend on which what agents draw at random is what a recording says, and which keeps what passes by on the way: so
// that a whole update can be compared, gradients included, without a second implementation of it here.

import type { Backend } from "../../src/backend.ts";
import type { Batch, Parameters, Tensor } from "../../src/operations/handles.ts";
import { ValueMetric } from "../../src/operations/value-loss.ts";
import { now } from "./compare.ts";

/** f(e) of a noisy layer's inputs and outputs. */
export interface LayerNoise {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The draws of one update; absent where it draws none of the kind. */
export interface Draws {
  /** Transitions of the batch. */
  readonly slots?: readonly number[];
  /** Their importance weights; null: uniform replay. */
  readonly importance?: readonly number[] | null;
  /** For each pass that draws, in order: fractions [B, N], or the noise of every layer. */
  readonly fractions?: readonly (readonly number[])[];
  readonly noise?: readonly (readonly LayerNoise[])[];
  /** Order of a new epoch. */
  readonly order?: readonly number[];
}

/** What one update computed. */
export interface Seen {
  readonly loss: number;
  readonly meanQ: number;
  readonly gradientNorm: number;
  /** One array per spec, before clipping. */
  readonly gradients: readonly Float32Array[];
  /** New errors of prioritized replay. */
  absError: Float32Array | null;
}

export class ScriptedDraws {
  readonly backend: Backend;
  readonly seen: Seen[] = [];
  #slots: readonly number[] | null = null;
  #importance: readonly number[] | null = null;
  #order: readonly number[] | null = null;
  #fractions: (readonly number[])[] = [];
  #noise: LayerNoise[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
    backend.replay.sample = (memory, _stream, _size, rows, batch) => {
      this.#writeSlots(batch);
      backend.write(batch.weight, new Float32Array(rows).fill(1));
      backend.replay.gather(memory, rows, batch);
    };
    backend.priorities.sample = (_priorities, _stream, _rows, _beta, batch) => {
      this.#writeSlots(batch);
      if (this.#importance === null) throw new Error("scripted draws: importance expected weights, got none");
      backend.write(batch.weight, this.#importance);
    };
    const updatePriorities = backend.priorities.update.bind(backend.priorities);
    backend.priorities.update = (priorities, rows, index, absError) => {
      this.seen[this.seen.length - 1].absError = now(backend.read(absError));
      return updatePriorities(priorities, rows, index, absError);
    };
    // What the loss of the update wrote.
    let metrics: Tensor | null = null;
    const watched =
      <Update extends { readonly metrics: Tensor }>(learn: (rows: number, update: Update) => void) =>
      (rows: number, update: Update): void => {
        metrics = update.metrics;
        learn(rows, update);
      };
    const { valueLoss, returnDistribution, vectors } = backend;
    valueLoss.td = watched(valueLoss.td.bind(valueLoss));
    valueLoss.munchausen = watched(valueLoss.munchausen.bind(valueLoss));
    valueLoss.regression = watched(valueLoss.regression.bind(valueLoss));
    returnDistribution.categorical = watched(returnDistribution.categorical.bind(returnDistribution));
    returnDistribution.quantile = watched(returnDistribution.quantile.bind(returnDistribution));
    const clip = vectors.clipNorm.bind(vectors);
    vectors.clipNorm = (gradients, maxNorm, norm) => {
      const before = gradients.specs.map((_, i) => now(backend.readParameter(gradients, i)).slice());
      clip(gradients, maxNorm, norm);
      const row = now(backend.read(metrics!));
      this.seen.push({
        loss: row[ValueMetric.loss],
        meanQ: row[ValueMetric.meanQ],
        gradientNorm: now(backend.read(norm))[0],
        gradients: before,
        absError: null,
      });
    };
  }

  /** From here on agents draw by script; to be called when their weights are in place. */
  begin(): void {
    const { backend } = this;
    backend.random.fillUniform = (_stream, tensor) => backend.write(tensor, next("fractions", this.#fractions));
    backend.noise.factorized = (_stream, noise, weight, bias) => this.#writeNoise(noise, weight, bias);
    backend.random.permutation = (_stream, order) => {
      if (this.#order === null) throw new Error("scripted draws: order expected one, got none");
      backend.write(order, this.#order);
      this.#order = null;
    };
  }

  /** The draws of the coming update. */
  expect(draws: Draws): void {
    this.#slots = draws.slots ?? null;
    this.#importance = draws.importance ?? null;
    this.#order = draws.order ?? null;
    this.#fractions = [...(draws.fractions ?? [])];
    this.#noise = (draws.noise ?? []).flat();
  }

  /** How many of them were not made. */
  get left(): number {
    const once = [this.#slots, this.#order].filter((draw) => draw !== null).length;
    return once + this.#fractions.length + this.#noise.length;
  }

  #writeSlots(batch: Batch): void {
    if (this.#slots === null) throw new Error("scripted draws: slots expected a batch, got none");
    this.backend.write(batch.index, this.#slots);
    this.#slots = null;
  }

  #writeNoise(noise: Parameters, weight: number, bias: number): void {
    const { inputs, outputs } = next("noise", this.#noise);
    const products = outputs.flatMap((e) => inputs.map((x) => Math.fround(e * x)));
    this.backend.writeParameter(noise, weight, products);
    this.backend.writeParameter(noise, bias, outputs);
  }
}

function next<T>(what: string, list: T[]): T {
  const draw = list.shift();
  if (draw === undefined) throw new Error(`scripted draws: ${what} expected one more, got none`);
  return draw;
}
