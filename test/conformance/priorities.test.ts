// Priorities of every backend equal the reference's bit for bit: what is drawn, weights, and what is left of it all.

import { describe, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Batch } from "../../src/operations/handles.ts";
import type { PrioritySpec, PriorityType } from "../../src/operations/priorities.ts";
import { BACKENDS } from "./backends.ts";
import { now } from "./compare.ts";
import { type Outputs, output, Pair, SEED, tensorOf } from "./pair.ts";
import { Sampler } from "./sampler.ts";

const CAPACITIES = [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 100];
const SHAPES = [
  { alpha: 0, beta: 1 },
  { alpha: 1, beta: 0 },
  { alpha: 0.6, beta: 0.4 },
  { alpha: 1, beta: 1 },
];
const ROUNDS = 40;
const ROWS = 9;

function planBatch(backend: Backend): Batch {
  const column = (): Batch["index"] => output(backend, ROWS + 2, 1);
  const [observation, action, reward] = [column(), column(), column()];
  const [nextObservation, discount, weight, index] = [column(), column(), column(), column()];
  return { observation, action, reward, nextObservation, discount, weight, index };
}

/** What happens to priorities in a run, as data: the same for both backends. */
type Happening =
  | { readonly kind: "add"; readonly slot: number; readonly inUse: number }
  | { readonly kind: "learn"; readonly rows: number; readonly errors: Float32Array }
  | { readonly kind: "reload" };

function story(sampler: Sampler, capacity: number): Happening[] {
  const happenings: Happening[] = [];
  let added = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = 1 + sampler.index(4); n > 0; n--) {
      happenings.push({ kind: "add", slot: added % capacity, inUse: Math.min(++added, capacity) });
    }
    const rows = 1 + sampler.index(ROWS);
    // Few different errors, so that ranks have ties; zeros of both signs, the largest float, NaN and what is negative.
    const wild = sampler.next() < 0.5 ? "ordinary" : "wild";
    const errors = sampler.values(rows, wild).map((x) => (x < 0 && sampler.next() < 0.99 ? Math.round(-2 * x) / 2 : x));
    happenings.push({ kind: "learn", rows, errors });
    if (sampler.next() < 0.1) happenings.push({ kind: "reload" });
  }
  return happenings;
}

function play(backend: Backend, spec: PrioritySpec, beta: number, happenings: readonly Happening[]): Outputs {
  const stream = backend.random.stream(SEED, "replay");
  const batch = planBatch(backend);
  const outputs: Outputs = {};
  let priorities = backend.priorities.plan(spec);
  let inUse = 0;
  for (const [step, happening] of happenings.entries()) {
    if (happening.kind === "add") {
      backend.priorities.add(priorities, happening.slot);
      inUse = happening.inUse;
    } else if (happening.kind === "learn") {
      backend.priorities.sample(priorities, stream, happening.rows, beta, batch);
      outputs[`step ${step}, index`] = now(backend.read(batch.index));
      outputs[`step ${step}, weight`] = now(backend.read(batch.weight));
      const errors = tensorOf(backend, happening.rows, 1, happening.errors);
      outputs[`step ${step}, refused row`] = [
        backend.priorities.update(priorities, happening.rows, batch.index, errors),
      ];
    } else {
      const contents = backend.priorities.read(priorities, inUse);
      priorities = backend.priorities.plan(spec);
      backend.priorities.write(priorities, contents);
    }
    const { values, maximum } = backend.priorities.read(priorities, inUse);
    outputs[`step ${step}, values`] = values;
    outputs[`step ${step}, maximum`] = [maximum];
  }
  return outputs;
}

describe.each(BACKENDS)("$name equals the reference backend bit for bit:", ({ create }) => {
  test.each<PriorityType>(["proportional", "rank"])("%s priorities, added, drawn, updated and reloaded", (type) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const capacity of CAPACITIES) {
      for (const { alpha, beta } of SHAPES) {
        const spec: PrioritySpec = { type, capacity, alpha, epsilon: 1e-6 };
        const happenings = story(sampler, capacity);
        pair.agree(`capacity ${capacity}, alpha ${alpha}, beta ${beta}`, (backend) =>
          play(backend, spec, beta, happenings),
        );
      }
    }
  });
});
