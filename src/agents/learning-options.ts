// Options of every algorithm that trains networks.

import { checkNetworkOptions, DEFAULT_NETWORK, type NetworkOptions } from "../nn/network-options.ts";
import { checkOptimizerOptions, type OptimizerOptions } from "../nn/optimizer.ts";
import { custom, type Fields, flag, number, orNull, schedule } from "../training/options.ts";
import type { RunOptions } from "../training/run-options.ts";
import type { Schedule } from "../training/schedule.ts";

/** Defaults are the algorithm's. */
export interface LearningOptions extends RunOptions {
  /** gamma, in 0 .. 1. */
  readonly discount?: number;
  readonly learningRate?: Schedule;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly maxGradientNorm?: number | null;
  readonly optimizer?: OptimizerOptions["type"] | OptimizerOptions;
  readonly network?: Partial<NetworkOptions>;
  /** Map finite bounds of a Box observation onto [-1, 1] before the network (Dopamine's classic-control agents). */
  readonly rescaleObservations?: boolean;
}

export interface LearningSettings {
  readonly discount: number;
  readonly learningRate: Schedule;
  readonly maxGradientNorm: number | null;
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
  readonly rescaleObservations: boolean;
}

/** The same with an algorithm's defaults. */
export function learningFields(defaults: {
  readonly discount: number;
  readonly learningRate: Schedule;
  readonly maxGradientNorm: number | null;
  readonly optimizer: OptimizerOptions;
  readonly network?: Partial<NetworkOptions>;
}): Fields<LearningOptions, LearningSettings> {
  return {
    discount: number(defaults.discount, { min: 0, max: 1, advice: "It is gamma." }),
    learningRate: schedule(defaults.learningRate),
    maxGradientNorm: orNull(defaults.maxGradientNorm, number(10, { above: 0, advice: "Use null for no clipping." })),
    optimizer: custom(defaults.optimizer, readOptimizer),
    network: custom({ ...DEFAULT_NETWORK, ...defaults.network }, readNetwork, (below, over) => ({ ...below, ...over })),
    rescaleObservations: flag(false),
  };
}

function readOptimizer(where: string, given: OptimizerOptions["type"] | OptimizerOptions): OptimizerOptions {
  const options = typeof given === "string" ? { type: given } : given;
  checkOptimizerOptions(where, options);
  return options;
}

function readNetwork(where: string, given: Partial<NetworkOptions>): NetworkOptions {
  const options = { ...DEFAULT_NETWORK, ...given };
  checkNetworkOptions(where, options);
  return options;
}
