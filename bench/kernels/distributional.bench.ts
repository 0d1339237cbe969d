// Benchmarks of returns distributions and related operations, at the sizes of their papers, called through the backend.
// test/conformance/distributional.test.ts checks them against the reference backend; this file only times them.

import type { Backend } from "../../src/backend.ts";
import type { Batch, RandomStream, Tensor } from "../../src/operations/handles.ts";
import { VALUE_METRICS } from "../../src/operations/value-loss.ts";
import type { Timed } from "../measure.ts";

export function distributionalTasks(backend: Backend, stream: RandomStream): Timed[] {
  const [rows, A] = [32, 2];
  const { returnDistribution } = backend;
  const normal = (height: number, width: number): Tensor => {
    const tensor = backend.tensor(height, width);
    backend.random.fillNormal(stream, tensor, 0, 1);
    return tensor;
  };
  const column = (value: (row: number) => number): Tensor => {
    const tensor = backend.tensor(rows, 1);
    backend.write(
      tensor,
      Array.from({ length: rows }, (_, row) => value(row)),
    );
    return tensor;
  };
  const batch: Batch = {
    observation: column(() => 0),
    nextObservation: column(() => 0),
    index: column(() => 0),
    action: column((row) => row % A),
    reward: normal(rows, 1),
    discount: column((row) => (row % 20 === 0 ? 0 : 0.99)),
    weight: column(() => 1),
  };
  const common = {
    selectionQ: null,
    batch,
    absError: backend.tensor(rows, 1),
    metrics: backend.tensor(1, VALUE_METRICS),
  };
  const q = backend.tensor(rows, A);

  const [atoms, low, high] = [51, -10, 10];
  const logits = normal(rows, A * atoms);
  const categorical = {
    ...common,
    logits,
    nextLogits: normal(rows, A * atoms),
    low,
    high,
    atoms,
    dLogits: backend.tensor(rows, A * atoms),
  };
  const count = 64;
  const quantiles = normal(rows, A * count);
  const fractions = backend.tensor(rows, count);
  backend.random.fillUniform(stream, fractions, 0, 1);
  const regression = {
    ...common,
    quantiles,
    nextQuantiles: normal(rows, A * count),
    fractions,
    count,
    nextCount: count,
    kappa: 1,
    dQuantiles: backend.tensor(rows, A * count),
  };
  const width = 64;
  const state = normal(rows, width);
  const dState = backend.tensor(rows, width);
  const [embedding, product, features] = [0, 1, 2].map(() => normal(rows * count, width));
  const perFraction = normal(rows * count, A);
  const [head, dHead] = [0, 1].map(() => normal(rows, (1 + A) * atoms));
  const shape = `${rows} x ${A}`;
  return [
    {
      name: `dueling forward ${shape} x ${atoms}`,
      run: () => backend.layers.duelingForward(rows, head, logits, atoms),
    },
    {
      name: `dueling backward ${shape} x ${atoms}`,
      run: () => backend.layers.duelingBackward(rows, logits, dHead, atoms),
    },
    {
      name: `categorical values ${shape} x ${atoms}`,
      run: () => returnDistribution.categoricalValues(rows, logits, low, high, atoms, q),
    },
    { name: `categorical update ${shape} x ${atoms}`, run: () => returnDistribution.categorical(rows, categorical) },
    {
      name: `mean of ${count}, ${shape}`,
      run: () => backend.rows.mean(rows, quantiles, count, q),
    },
    {
      name: `quantile update ${shape} x ${count} x ${count}`,
      run: () => returnDistribution.quantile(rows, regression),
    },
    {
      name: `cosine features ${rows} x ${count} x ${width}`,
      run: () => returnDistribution.cosineFeatures(rows, fractions, features),
    },
    {
      name: `scale groups ${rows} x ${count} x ${width}`,
      run: () => backend.rows.scaleGroups(rows, count, state, embedding, product),
    },
    {
      name: `scale groups backward ${rows} x ${count} x ${width}`,
      run: () => backend.rows.scaleGroupsBackward(rows, count, state, embedding, product, product, dState),
    },
    { name: `repeat ${rows} x ${count} x ${width}`, run: () => backend.rows.repeat(rows, count, state, product) },
    {
      name: `fold ${rows} x ${count} x ${A}`,
      run: () => backend.rows.fold(rows, count, perFraction, quantiles),
    },
    {
      name: `unfold ${rows} x ${count} x ${A}`,
      run: () => backend.rows.unfold(rows, count, quantiles, perFraction),
    },
  ];
}
