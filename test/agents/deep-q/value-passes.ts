// Passes whose outputs are made up, and a batch, for heads that learn from them.

import type { PlannedLoss, ValueHead, ValuePasses } from "../../../src/agents/deep-q/value-head.ts";
import type { Backend } from "../../../src/backend.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import type { Pass } from "../../../src/nn/module.ts";
import type { Batch, Tensor } from "../../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../../src/operations/value-loss.ts";

export const BACKEND: Backend = new WasmBackend();
export const B = 5;
export const A = 3;

export const read = (tensor: Tensor): Float32Array => BACKEND.read(tensor) as Float32Array;

export function filled(rows: number, columns: number, value: (k: number) => number): Tensor {
  const tensor = BACKEND.tensor(rows, columns);
  BACKEND.write(
    tensor,
    Float32Array.from({ length: rows * columns }, (_, k) => value(k)),
  );
  return tensor;
}

/** A pass that gave these outputs. @param more beside what every pass has */
export function passOf(columns: number, value: (k: number) => number, more: object = {}): Pass {
  const output = filled(B, columns, value);
  return {
    ...{ rows: B, x: output, output, dOutput: BACKEND.tensor(B, columns), features: output },
    ...{ forward: () => output, backward: () => {}, ...more },
  };
}

export function batchOf(): Batch {
  const column = (value: (k: number) => number): Tensor => filled(B, 1, value);
  return {
    ...{ observation: column(() => 0), nextObservation: column(() => 0), index: column(() => 0) },
    action: column((k) => k % A),
    reward: column((k) => k - 1),
    discount: column((k) => (k === 1 ? 0 : 0.9)),
    weight: column((k) => 1 - k / 8),
  };
}

/** Passes of so many outputs per action. */
export function passesOf(
  atoms: number,
  has: { readonly select?: boolean; readonly policy?: boolean } = {},
): ValuePasses {
  const size = A * atoms;
  return {
    now: passOf(size, (k) => ((k * 7) % 13) / 4 - 1),
    next: passOf(size, (k) => ((k * 5) % 11) / 3 - 1),
    select: has.select ? passOf(size, (k) => ((k * 3) % 7) / 2) : null,
    policy: has.policy ? passOf(size, (k) => (k % 5) / 4) : null,
  };
}

/** What an operation writes, in fresh tensors. */
export function results(atoms: number): { readonly d: Tensor; readonly absError: Tensor; readonly metrics: Tensor } {
  const [d, absError] = [BACKEND.tensor(B, A * atoms), BACKEND.tensor(B, 1)];
  return { d, absError, metrics: BACKEND.tensor(1, VALUE_METRICS) };
}

export interface Learned {
  readonly passes: ValuePasses;
  readonly batch: Batch;
  readonly loss: PlannedLoss;
  readonly metrics: Tensor;
}

/** A head's loss, planned and learned once. */
export function learned(head: ValueHead, passes: ValuePasses, batch: Batch = batchOf()): Learned {
  const metrics = BACKEND.tensor(1, VALUE_METRICS);
  const loss = head.planLoss(BACKEND, passes, batch, metrics);
  loss.learn();
  return { passes, batch, loss, metrics };
}

/** All that learning wrote: the output's gradient, errors, metrics. */
export const written = ({ passes, loss, metrics }: Learned): Float32Array[] =>
  [passes.now.dOutput!, loss.absError, metrics].map(read);
