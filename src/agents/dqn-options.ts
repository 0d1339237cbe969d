// What DQN can be told: options, their defaults and sources, and the check of every value.

import type { TdLoss } from "../backend.ts";
import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { checkNetworkOptions, DEFAULT_NETWORK, type NetworkOptions } from "../nn/network.ts";
import { checkOptimizerOptions, type OptimizerOptions } from "../nn/optimizer.ts";
import { MAX_CAPACITY } from "../replay/replay-buffer.ts";
import type { Discrete } from "../space.ts";
import { choosePreset } from "../training/preset.ts";
import { checkSchedule, type Schedule } from "../training/schedule.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import { DQN_PRESETS } from "./dqn-presets.ts";

/** Defaults in brackets; where no source is named they are Stable-Baselines3's (DQN, 2.9). */
export interface DQNOptions {
  /** Seeds every random stream: initial weights, exploration, replay, and the environment's first reset. [0] */
  readonly seed?: number;
  /** Named settings for an environment; `false` for none. [the preset of the environment's id, if there is one] */
  readonly preset?: string | false;
  /** Environment steps planned for the whole run; schedules are shares of it. [50000] */
  readonly totalSteps?: number;
  /** gamma, in 0 .. 1. [0.99] */
  readonly discount?: number;
  /** [1e-4] */
  readonly learningRate?: Schedule;
  /** Transitions per update. [32] */
  readonly batchSize?: number;
  /** Replay capacity in transitions. [100000; Mnih et al.: 1e6] */
  readonly capacity?: number;
  /** Environment steps before the first update; until then exploration is uniformly random. [1000] */
  readonly warmupSteps?: number;
  /** Environment steps between two rounds of updates. [4] */
  readonly trainIntervalSteps?: number;
  /** Updates per round. [1] */
  readonly updatesPerTrain?: number;
  /** Updates between two moves of the target network. [1000] */
  readonly targetIntervalUpdates?: number;
  /** How far the target network moves towards the online one, in (0, 1]: 1 copies; Polyak averaging below. [1] */
  readonly tau?: number;
  /** Select the next action by the online network. [false] */
  readonly double?: boolean;
  /** Split the last layer into state value and advantages. [false] */
  readonly dueling?: boolean;
  /** Steps per target. [1] */
  readonly nStep?: number;
  /** [huber] */
  readonly loss?: TdLoss;
  /** Largest global norm of the gradient; null: no clipping. [10] */
  readonly maxGradientNorm?: number | null;
  /** Probability of a uniformly random action. [linear from 1 to 0.05 over the first tenth] */
  readonly epsilon?: Schedule;
  /** [adam] */
  readonly optimizer?: OptimizerOptions["type"] | OptimizerOptions;
  /** [hidden 64-64, relu, no layer norm, PyTorch's initialisation] */
  readonly network?: Partial<NetworkOptions>;
  /** Map finite bounds of a Box observation onto [-1, 1] before the network (Dopamine's classic-control agents). [false] */
  readonly rescaleObservations?: boolean;
  /** "wasm", or a function that makes a backend, as `reference` of `bellwether/reference` does. [wasm] */
  readonly backend?: BackendChoice;
  /** The engine binary of the wasm backend. [strict] */
  readonly engine?: EngineBinary;
}

/** Options that are part of a checkpoint: all but where and on what the agent runs. */
export type DQNSettings = Required<Omit<DQNOptions, "backend" | "engine" | "preset" | "optimizer" | "network">> & {
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
};

const DEFAULTS: DQNSettings = {
  seed: 0,
  totalSteps: 50_000,
  discount: 0.99,
  learningRate: 1e-4,
  batchSize: 32,
  capacity: 100_000,
  warmupSteps: 1000,
  trainIntervalSteps: 4,
  updatesPerTrain: 1,
  targetIntervalUpdates: 1000,
  tau: 1,
  double: false,
  dueling: false,
  nStep: 1,
  loss: "huber",
  maxGradientNorm: 10,
  epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.1 },
  optimizer: { type: "adam" },
  network: DEFAULT_NETWORK,
  rescaleObservations: false,
};

export const SETTING_NAMES: readonly string[] = Object.keys(DEFAULTS);
const OPTION_NAMES = [...SETTING_NAMES, "preset", "backend", "engine"];

/** @throws TypeError when the actions are not Discrete */
export function requireDiscrete(workplace: Workplace): Discrete {
  const { actionSpace } = workplace;
  if (actionSpace.kind !== "discrete") {
    throw new TypeError(
      `DQN: actionSpace expected discrete, got ${actionSpace.kind}. DQN chooses among numbered actions.`,
    );
  }
  return actionSpace;
}

/** Defaults, then the preset, then the caller's options; every value checked. */
export function readSettings(workplace: Workplace, options: DQNOptions): DQNSettings {
  rejectUnknownOptions("DQN", options, OPTION_NAMES);
  const preset = choosePreset("DQN", DQN_PRESETS, workplace, options.preset);
  const given = { ...preset, ...options };
  const merged = { ...DEFAULTS, ...given };
  const { optimizer } = merged;
  const settings: DQNSettings = {
    seed: merged.seed,
    totalSteps: merged.totalSteps,
    discount: merged.discount,
    learningRate: merged.learningRate,
    batchSize: merged.batchSize,
    capacity: merged.capacity,
    warmupSteps: merged.warmupSteps,
    trainIntervalSteps: merged.trainIntervalSteps,
    updatesPerTrain: merged.updatesPerTrain,
    targetIntervalUpdates: merged.targetIntervalUpdates,
    tau: merged.tau,
    double: merged.double,
    dueling: merged.dueling,
    nStep: merged.nStep,
    loss: merged.loss,
    maxGradientNorm: merged.maxGradientNorm,
    epsilon: merged.epsilon,
    optimizer: typeof optimizer === "string" ? { type: optimizer } : optimizer,
    network: { ...DEFAULT_NETWORK, ...preset.network, ...options.network },
    rescaleObservations: merged.rescaleObservations,
  };
  const count = (name: keyof DQNSettings, min: number, max: number = Number.MAX_SAFE_INTEGER): void => {
    requireNumber("DQN", name, settings[name], { integer: true, min, max }, `Set options.${name}.`);
  };
  count("seed", 0);
  count("totalSteps", 1);
  count("batchSize", 1, 65_536);
  count("capacity", 1, MAX_CAPACITY);
  count("warmupSteps", 0);
  count("trainIntervalSteps", 1);
  count("updatesPerTrain", 1);
  count("targetIntervalUpdates", 1);
  count("nStep", 1, 1000);
  requireNumber("DQN", "discount", settings.discount, { min: 0, max: 1 }, "It is gamma.");
  requireNumber("DQN", "tau", settings.tau, { above: 0, max: 1 }, "1 copies the online network.");
  if (settings.maxGradientNorm !== null) {
    requireNumber("DQN", "maxGradientNorm", settings.maxGradientNorm, { above: 0 }, "Use null for no clipping.");
  }
  for (const name of ["double", "dueling", "rescaleObservations"] as const) {
    if (typeof settings[name] !== "boolean") {
      throw new TypeError(`DQN: ${name} expected true or false, got ${show(settings[name])}. Set options.${name}.`);
    }
  }
  if (settings.loss !== "huber" && settings.loss !== "mse") {
    throw new RangeError(`DQN: loss expected "huber" or "mse", got ${show(settings.loss)}. Set options.loss.`);
  }
  if (settings.batchSize > settings.capacity) {
    throw new RangeError(
      `DQN: batchSize expected at most the capacity of ${settings.capacity}, got ${settings.batchSize}. Raise options.capacity.`,
    );
  }
  checkSchedule("DQN", "learningRate", settings.learningRate, { min: 0 });
  checkSchedule("DQN", "epsilon", settings.epsilon, { min: 0, max: 1 });
  checkOptimizerOptions("DQN", settings.optimizer);
  checkNetworkOptions("DQN", settings.network);
  return settings;
}
