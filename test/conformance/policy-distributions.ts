// Action distributions of every family with made-up parameters, for the tests of policies.

import type { Backend } from "../../src/backend.ts";
import type { ActionDistribution } from "../../src/operations/action-distribution.ts";
import type { Tensor } from "../../src/operations/handles.ts";
import { now } from "./compare.ts";
import { output, tensorOf } from "./pair.ts";
import type { Sampler, Wildness } from "./sampler.ts";

/** What a distribution is made of; the same on every backend. */
export interface Drawn {
  readonly family: "categorical" | "bernoulli" | "gaussian" | "squashed" | "shared";
  /** Rows planned and used. */
  readonly planned: number;
  readonly rows: number;
  /** Numbers per action. */
  readonly P: number;
  /** Logits of every choice. */
  readonly choices: readonly number[];
  /** [planned, columns]: logits or means. */
  readonly parameters: Float32Array;
  readonly columns: number;
  /** [planned or 1, columns] */
  readonly deviations: Float32Array;
  readonly mask: Float32Array | null;
  /** [planned, P], within the family's range. */
  readonly action: Float32Array;
}

export const FAMILIES: readonly Drawn["family"][] = ["categorical", "bernoulli", "gaussian", "squashed", "shared"];

export function draw(
  sampler: Sampler,
  family: Drawn["family"],
  rows: number,
  choices: readonly number[],
  wildness: Wildness,
  masked: boolean,
): Drawn {
  const planned = rows + sampler.index(3);
  const columns = family === "categorical" ? choices.reduce((sum, n) => sum + n, 0) : choices.length;
  const P = choices.length;
  const mask = masked ? new Float32Array(planned * columns) : null;
  if (mask !== null) {
    for (let row = 0; row < planned; row++) {
      let start = row * columns;
      for (const n of choices) {
        for (let j = 0; j < n; j++) mask[start + j] = sampler.next() < 0.6 ? 1 : 0;
        mask[start + sampler.index(n)] = 1;
        start += n;
      }
    }
  }
  const action = Float32Array.from({ length: planned * P }, (_, k) => {
    if (family === "categorical") return sampler.index(choices[k % P]);
    return family === "bernoulli" ? sampler.index(2) : sampler.values(1, wildness)[0];
  });
  return {
    family,
    planned,
    rows,
    P,
    choices,
    parameters: sampler.values(planned * columns, wildness),
    columns,
    deviations: sampler.values((family === "shared" ? 1 : planned) * columns, wildness).map((x) => x / 2),
    mask,
    action,
  };
}

/** The distribution on a backend, gradients full of sentinels, and its action. */
export function distributionOf(backend: Backend, drawn: Drawn): { distribution: ActionDistribution; action: Tensor } {
  const { family, planned, columns, parameters, P } = drawn;
  const action = tensorOf(backend, planned, P, drawn.action);
  const main = tensorOf(backend, planned, columns, parameters);
  const dMain = output(backend, planned, columns);
  if (family === "categorical") {
    const mask = drawn.mask === null ? null : tensorOf(backend, planned, columns, drawn.mask);
    const choices = tensorOf(backend, 1, P, drawn.choices);
    return { distribution: { family, logits: main, choices, mask, dLogits: dMain }, action };
  }
  if (family === "bernoulli") return { distribution: { family, logits: main, dLogits: dMain }, action };
  const deviationRows = drawn.deviations.length / columns;
  return {
    distribution: {
      family: "gaussian",
      squashed: family === "squashed",
      deviations: family === "shared" ? "shared" : "per-row",
      mean: main,
      logDeviation: tensorOf(backend, deviationRows, columns, drawn.deviations),
      dMean: dMain,
      dLogDeviation: output(backend, deviationRows, columns),
    },
    action,
  };
}

export function gradientsOf(backend: Backend, distribution: ActionDistribution): Record<string, Float32Array> {
  const read = (tensor: Tensor | null): Float32Array => now(backend.read(tensor as Tensor));
  if (distribution.family !== "gaussian") return { dLogits: read(distribution.dLogits) };
  return { dMean: read(distribution.dMean), dLogDeviation: read(distribution.dLogDeviation) };
}
