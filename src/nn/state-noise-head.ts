// The policy head of state-dependent exploration (gSDE, Raffin et al. 2021, https://arxiv.org/abs/2005.05719). The network
// computes the means; the noise is the input of its last layer (the features) times an exploration matrix. The trained array
// "log_std" holds the logarithms of the standard deviations of the matrix's numbers, with the name and shape of
// Stable-Baselines3.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters } from "../operations/handles.ts";
import type { StateNoise } from "../operations/state-noise.ts";
import { describeGaussian } from "./gaussian-head.ts";
import type { GraphWriter } from "./module.ts";
import type { DescribedHead, HeadPlan, PlannedHead, PolicyHead } from "./policy-head.ts";

/** Settings of the head, see `StateNoiseOptions`. */
export interface StateNoiseSettings {
  readonly logDeviation: number;
  readonly sharedDeviations: boolean;
  readonly squashed: boolean;
}

/** The head of Gaussian actions with state-dependent exploration for a Box. */
export class StateNoiseHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[];
  readonly biases: readonly number[];
  readonly values: readonly (readonly number[])[];
  readonly #squashed: boolean;

  /** @param features numbers per row that the network's last layer receives */
  constructor(dimensions: number, features: number, settings: StateNoiseSettings) {
    const { logDeviation, sharedDeviations, squashed } = settings;
    const columns = sharedDeviations ? 1 : dimensions;
    this.actionSize = dimensions;
    this.outputs = dimensions;
    this.biases = new Array<number>(dimensions).fill(0);
    this.specs = [{ name: "log_std", shape: [features, columns] }];
    this.values = [new Array<number>(features * columns).fill(logDeviation)];
    this.#squashed = squashed;
  }

  plan(backend: Backend, { rows, output, dOutput, parameters, gradients, firstSpec }: HeadPlan): PlannedHead {
    const { stateNoise } = backend;
    const noise: StateNoise = {
      parameters,
      logStd: firstSpec,
      variances: backend.parameters(this.specs),
      logDeviation: backend.tensor(rows, this.actionSize),
      dLogDeviation: dOutput === null ? null : backend.tensor(rows, this.actionSize),
      gradients,
    };
    const { logDeviation, dLogDeviation } = noise;
    return {
      distribution: {
        family: "gaussian",
        squashed: this.#squashed,
        deviations: "per-row",
        mean: output,
        logDeviation,
        dMean: dOutput,
        dLogDeviation,
      },
      noise,
      forward: (used, features) => stateNoise.deviations(used, features, noise),
      backward: (used, features) => {
        if (gradients !== null) stateNoise.deviationsGradient(used, features, noise);
      },
      planTangent: (direction: Parameters) => (used, features) =>
        stateNoise.deviationsTangent(used, features, noise, direction),
    };
  }

  /** Adds the deviations of operations/state-noise.ts to a graph: the square root of 1e-6 + features^2 exp(2 log_std). */
  describe(graph: GraphWriter, { output, features, backend, parameters, firstSpec }: DescribedHead): string {
    const logStd = graph.parameter(backend, parameters, firstSpec);
    const variances = graph.node("Exp", [graph.node("Add", [logStd, logStd])]);
    const sum = graph.node("MatMul", [graph.node("Mul", [features, features]), variances]);
    const deviation = graph.node("Sqrt", [graph.node("Add", [sum, graph.constant([1e-6])])]);
    return describeGaussian(graph, output, deviation, this.actionSize);
  }
}
