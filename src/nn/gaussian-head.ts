// The policy head of Gaussian actions. The network computes the means. The logarithms of the standard deviations are further
// outputs of the network after the means (state-dependent), or a trained vector "log_std".

import type { Backend } from "../backend.ts";
import type { GaussianDistribution } from "../operations/action-distribution.ts";
import type { ParameterSpec } from "../operations/handles.ts";
import type { GraphWriter } from "./module.ts";
import type { DescribedHead, HeadPlan, PlannedHead, PolicyHead } from "./policy-head.ts";

/** Settings of a Gaussian head, see `GaussianOptions`. */
export interface GaussianSettings {
  readonly logDeviation: number;
  readonly stateDependent: boolean;
  readonly squashed: boolean;
}

/** The head of Gaussian actions for a Box. */
export class GaussianHead implements PolicyHead {
  readonly outputs: number;
  readonly actionSize: number;
  readonly specs: readonly ParameterSpec[];
  readonly biases: readonly number[];
  readonly values: readonly (readonly number[])[];
  readonly #settings: GaussianSettings;

  constructor(dimensions: number, settings: GaussianSettings) {
    const { logDeviation, stateDependent } = settings;
    const start = new Array<number>(dimensions).fill(logDeviation);
    const zeros = new Array<number>(dimensions).fill(0);
    this.actionSize = dimensions;
    this.outputs = stateDependent ? 2 * dimensions : dimensions;
    this.biases = stateDependent ? [...zeros, ...start] : zeros;
    this.specs = stateDependent ? [] : [{ name: "log_std", shape: [dimensions] }];
    this.values = stateDependent ? [] : [start];
    this.#settings = settings;
  }

  plan(backend: Backend, plan: HeadPlan): PlannedHead {
    const { stateDependent, squashed } = this.#settings;
    const { rows, output, dOutput, parameters, gradients, firstSpec } = plan;
    const D = this.actionSize;
    if (!stateDependent) {
      // Receives the gradient of the deviations when they are not trained.
      const unused = dOutput === null ? null : backend.tensor(1, D);
      const distribution: GaussianDistribution = {
        family: "gaussian",
        squashed,
        deviations: "shared",
        mean: output,
        logDeviation: backend.vector(parameters, firstSpec),
        dMean: dOutput,
        dLogDeviation: gradients === null ? unused : backend.vector(gradients, firstSpec),
      };
      const { dLogDeviation } = distribution;
      return {
        distribution,
        noise: null,
        forward: () => {},
        backward: () => {},
        planTangent: (direction) => {
          const change = backend.vector(direction, firstSpec);
          return () => backend.rows.copyColumns(1, change, 0, dLogDeviation!, 0, D);
        },
      };
    }
    const mean = backend.tensor(rows, D);
    const logDeviation = backend.tensor(rows, D);
    const dMean = dOutput === null ? null : backend.tensor(rows, D);
    const dLogDeviation = dOutput === null ? null : backend.tensor(rows, D);
    return {
      distribution: { family: "gaussian", squashed, deviations: "per-row", mean, logDeviation, dMean, dLogDeviation },
      noise: null,
      forward: (used) => {
        backend.rows.copyColumns(used, output, 0, mean, 0, D);
        backend.rows.copyColumns(used, output, D, logDeviation, 0, D);
      },
      backward: (used) => {
        if (dOutput === null || dMean === null || dLogDeviation === null) return;
        backend.rows.copyColumns(used, dMean, 0, dOutput, 0, D);
        backend.rows.copyColumns(used, dLogDeviation, 0, dOutput, D, D);
      },
      planTangent: () => (used) => {
        backend.rows.copyColumns(used, dOutput!, 0, dMean!, 0, D);
        backend.rows.copyColumns(used, dOutput!, D, dLogDeviation!, 0, D);
      },
    };
  }

  describe(graph: GraphWriter, { output, backend, parameters, firstSpec }: DescribedHead): string {
    const D = this.actionSize;
    if (!this.#settings.stateDependent) {
      return describeGaussian(graph, output, graph.node("Exp", [graph.parameter(backend, parameters, firstSpec)]), D);
    }
    return describeGaussian(
      graph,
      graph.columns(output, 0, D),
      graph.node("Exp", [graph.columns(output, D, 2 * D)]),
      D,
    );
  }
}

/**
 * Adds the outputs "mean" and "deviation" to an ONNX graph.
 * @param deviation name of the standard deviations, [rows, D], or a shape that broadcasts to it
 * @returns the name of the mean
 */
export function describeGaussian(graph: GraphWriter, mean: string, deviation: string, D: number): string {
  graph.output("mean", mean, D);
  graph.output("deviation", graph.node("Expand", [deviation, graph.node("Shape", [mean])]), D);
  return mean;
}
