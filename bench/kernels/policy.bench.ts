// Benchmarks of the operations of agents that learn a policy, for a batch like one minibatch of PPO. test/conformance checks
// these operations against the reference backend; this file only times them.

import type { Backend } from "../../src/backend.ts";
import type { ActionDistribution } from "../../src/operations/action-distribution.ts";
import type { Parameters, RandomStream, Tensor } from "../../src/operations/handles.ts";
import { SURROGATE_METRICS } from "../../src/operations/policy-loss.ts";
import type { StateNoise } from "../../src/operations/state-noise.ts";
import type { Timed } from "../measure.ts";

export function policyTasks(backend: Backend, stream: RandomStream): Timed[] {
  const rows = 64;
  const normal = (columns: number, height: number = rows): Tensor => {
    const tensor = backend.tensor(height, columns);
    backend.random.fillNormal(stream, tensor, 0, 1);
    return tensor;
  };
  const choices = backend.tensor(1, 1);
  backend.write(choices, [6]);
  const fewChoices = backend.tensor(1, 1);
  backend.write(fewChoices, [2]);
  // Distributions of at most four options have separate kernels.
  const few = {
    family: "categorical",
    logits: normal(2),
    choices: fewChoices,
    mask: null,
    dLogits: normal(2),
  } as const;
  const fewAction = backend.tensor(rows, 1);
  const [mean, logDeviation] = [normal(6), normal(6, 1)];
  const gaussian = {
    family: "gaussian",
    deviations: "shared",
    mean,
    logDeviation,
    dMean: normal(6),
    dLogDeviation: normal(6, 1),
  } as const;
  // Parameters of the second distribution of a divergence.
  const other = { logits: normal(6), mean: normal(6) };
  const families: readonly (readonly [string, number, ActionDistribution, ActionDistribution])[] = (
    [
      ["categorical", 1, { family: "categorical", logits: normal(6), choices, mask: null, dLogits: normal(6) }],
      ["Bernoulli", 6, { family: "bernoulli", logits: normal(6), dLogits: normal(6) }],
      ["Gaussian", 6, { ...gaussian, squashed: false }],
      ["squashed Gaussian", 6, { ...gaussian, squashed: true }],
    ] as const
  ).map(([name, parts, distribution]) => [name, parts, distribution, { ...distribution, ...other }]);

  const [logProbability, entropy, advantage, gradient, old] = [0, 1, 2, 3, 4].map(() => normal(1));
  const sums = backend.tensor(1, 1);
  const ofPolicy = {
    logProbability,
    oldLogProbability: old,
    advantage,
    entropy,
    clip: 0.2,
    dLogProbability: normal(1),
    metrics: backend.tensor(1, SURROGATE_METRICS),
  };
  const ofValue = {
    value: normal(1),
    target: normal(1),
    oldValue: old,
    clip: 0.2,
    weight: 0.5,
    dValue: normal(1),
    metrics: backend.tensor(1, 1),
  };
  const [one, two] = [0, 1].map(() => backend.parameters([{ name: "weight", shape: [64, 64] }]));
  const weights = normal(64);
  for (const block of [one, two]) backend.writeParameter(block, 0, backend.read(weights) as Float32Array);
  const { actionDistribution, policyLoss, stateNoise, vectors } = backend;
  const [features, stateActions, slopes] = [normal(64), normal(6), normal(6)];
  const logStd = { name: "log_std", shape: [64, 6] } as const;
  const block = (): Parameters => backend.parameters([logStd]);
  const noise: StateNoise = {
    parameters: block(),
    logStd: 0,
    variances: block(),
    logDeviation: normal(6),
    dLogDeviation: normal(6),
    gradients: block(),
  };
  const [matrix, direction, change] = [0, 1, 2].map(block);
  stateNoise.draw(stream, noise, matrix, 0);
  stateNoise.deviations(rows, features, noise);
  backend.writeParameter(change, 0, new Float32Array(64 * 6).fill(1));
  return [
    ...families.flatMap(([name, parts, distribution, from]) => {
      const action = backend.tensor(rows, parts);
      actionDistribution.sample(stream, rows, distribution, action);
      const shape = `${rows} x 6`;
      return [
        { name: `${name} sample ${shape}`, run: () => actionDistribution.sample(stream, rows, distribution, action) },
        {
          name: `${name} evaluate ${shape}`,
          run: () => actionDistribution.evaluate(rows, distribution, action, logProbability, entropy),
        },
        {
          name: `${name} gradient ${shape}`,
          run: () => actionDistribution.gradient(rows, distribution, action, gradient, -0.01),
        },
        {
          // The product overwrites its input. Repeated, it would end in subnormals, so each product gets a new gradient.
          name: `${name} gradient and Fisher product ${shape}`,
          run: () => {
            actionDistribution.gradient(rows, distribution, action, gradient, -0.01);
            actionDistribution.fisherProduct(rows, distribution);
          },
        },
        {
          name: `${name} divergence ${shape}`,
          run: () => actionDistribution.divergence(rows, from, distribution, entropy),
        },
      ];
    }),
    {
      name: `categorical evaluate ${rows} x 2`,
      run: () => actionDistribution.evaluate(rows, few, fewAction, logProbability, entropy),
    },
    {
      name: `categorical gradient ${rows} x 2`,
      run: () => actionDistribution.gradient(rows, few, fewAction, gradient, -0.01),
    },
    { name: "draw exploration 64 x 6", run: () => stateNoise.draw(stream, noise, matrix, 0) },
    {
      name: `explore ${rows} x 64 x 6`,
      run: () => {
        backend.rows.copyColumns(rows, slopes, 0, stateActions, 0, 6);
        stateNoise.explore(rows, features, matrix, 0, stateActions);
      },
    },
    { name: `state deviations ${rows} x 64 x 6`, run: () => stateNoise.deviations(rows, features, noise) },
    {
      // Slopes and directions are overwritten, so each call gets new ones: else they would end in subnormals.
      name: `state deviations' gradient ${rows} x 64 x 6`,
      run: () => {
        backend.rows.copyColumns(rows, slopes, 0, noise.dLogDeviation!, 0, 6);
        stateNoise.deviationsGradient(rows, features, noise);
      },
    },
    {
      name: `state deviations' tangent ${rows} x 64 x 6`,
      run: () => {
        backend.vectors.copy(direction, change);
        stateNoise.deviationsTangent(rows, features, noise, direction);
      },
    },
    { name: "combine 4096 weights", run: () => vectors.combine(one, 0.5, two, 0.5) },
    { name: "dot 4096 weights", run: () => vectors.dot(one, two, sums, 0) },
    { name: `standardize ${rows}`, run: () => backend.rows.standardize(rows, advantage) },
    { name: `policy loss ${rows}`, run: () => policyLoss.surrogate(rows, ofPolicy) },
    { name: `value loss ${rows}`, run: () => policyLoss.value(rows, ofValue) },
  ];
}
