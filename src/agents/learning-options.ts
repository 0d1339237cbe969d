// Options of every algorithm that trains networks.

import { checkNetworkOptions, DEFAULT_NETWORK, type NetworkOptions } from "../nn/network-options.ts";
import { checkOptimizerOptions, type OptimizerOptions } from "../nn/optimizer.ts";
import { custom, type Fields, flag, number, orNull, schedule } from "../training/options.ts";
import type { RunOptions } from "../training/run-options.ts";
import type { Schedule } from "../training/schedule.ts";

/** Options of every algorithm that trains networks. Default values differ: the algorithm's page in docs/agents lists them. */
export interface LearningOptions extends RunOptions {
  /** Discount factor of future rewards, gamma, in 0 .. 1. */
  readonly discount?: number;
  /** Learning rate of the optimizer: a number, or a schedule over the run. */
  readonly learningRate?: Schedule;
  /** Largest global norm of the gradient: a longer gradient is scaled down to this norm. null: no clipping. */
  readonly maxGradientNorm?: number | null;
  /** Optimizer: its name, or its name and settings. */
  readonly optimizer?: OptimizerOptions["type"] | OptimizerOptions;
  /** Shape of the network. Fields that are left out keep the algorithm's default. */
  readonly network?: Partial<NetworkOptions>;
  /**
   * True to map the finite bounds of a Box observation onto [-1, 1] before the network, as Dopamine's classic-control agents
   * do.
   * @defaultValue false
   */
  readonly rescaleObservations?: boolean;
}

/** Learning options with all defaults filled in, as a file contains them. Fields are explained in `LearningOptions`. */
export interface LearningSettings {
  readonly discount: number;
  readonly learningRate: Schedule;
  readonly maxGradientNorm: number | null;
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
  readonly rescaleObservations: boolean;
}

/** Returns the fields of the learning options. @param defaults the algorithm's default values */
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
