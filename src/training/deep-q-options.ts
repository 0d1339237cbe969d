// What deep Q-learning can be told: options, their defaults and sources, and the check of every value. Every algorithm of
// the family takes all of them; they differ in their defaults.

import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { type Distribution, type DistributionOptions, readDistribution } from "../nn/distribution.ts";
import type { EnsembleOptions } from "../nn/ensemble-network.ts";
import type { MunchausenOptions } from "../nn/munchausen-head.ts";
import { checkNetworkOptions, DEFAULT_NETWORK, type NetworkOptions } from "../nn/network.ts";
import { checkOptimizerOptions, type OptimizerOptions } from "../nn/optimizer.ts";
import type { PriorityType } from "../operations/priorities.ts";
import type { TdLoss } from "../operations/value-loss.ts";
import { type HindsightOptions, type HindsightStrategy, readHindsightOptions } from "../replay/hindsight.ts";
import { PRIORITIZED_DEFAULTS, readPrioritizedOptions } from "../replay/prioritized-replay.ts";
import { MAX_CAPACITY } from "../replay/replay-buffer.ts";
import type { NetworkFactory } from "./deep-q-network.ts";
import { choosePreset, type Preset } from "./preset.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";
import type { Workplace } from "./trainable-agent.ts";

/** Prioritized experience replay (Schaul et al. 2016, arXiv 1511.05952). */
export interface PrioritizedOptions {
  /** By the error's size, or by its rank. */
  readonly type: PriorityType;
  /** How much priorities count: 0 is uniform. [0.6; rank 0.7] */
  readonly alpha: number;
  /** How far importance weights correct the bias. [linear from 0.4 to 1 over the run; rank from 0.5] */
  readonly beta: Schedule;
  /** Added to every error, so that no transition is lost. [1e-6] */
  readonly epsilon: number;
}

/**
 * Defaults in brackets are DQN's; where no source is named they are Stable-Baselines3's (DQN, 2.9). Other algorithms of
 * the family say in their own file what they start from instead.
 */
export interface DeepQOptions {
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
  /** Which transitions are learned from: all alike, or some more often. [uniform] */
  readonly replay?: "uniform" | PriorityType | PartialReplay;
  /**
   * Store each step again with goals that its episode did reach (Andrychowicz et al. 2017); for environments with goals.
   * Nothing is learned from an episode before it is over. A name means the paper's `goals`: 4, of "final" 1. [null]
   */
  readonly hindsight?: HindsightStrategy | PartialHindsight | null;
  /** Learn the distribution of returns instead of their mean. [null] */
  readonly distribution?: DistributionOptions | null;
  /** Noise in the weights instead of random actions (Fortunato et al. 2018); sigma as there, 0.5. [false] */
  readonly noisy?: boolean | { readonly sigma: number };
  /** Soft targets, and the log-policy added to rewards; true: alpha 0.9, temperature 0.03, clip -1. [null] */
  readonly munchausen?: boolean | Partial<MunchausenOptions> | null;
  /**
   * Several value functions, one of which explores an episode (Osband et al. 2016), each with a random prior (Osband et al.
   * 2018); of BootstrappedDQN. true: 10 members, priors times 3. [null]
   */
  readonly ensemble?: boolean | Partial<EnsembleOptions> | null;
  /** [huber] */
  readonly loss?: TdLoss;
  /** Largest global norm of the gradient; null: no clipping. [10] */
  readonly maxGradientNorm?: number | null;
  /**
   * Probability of a uniformly random action. [linear from 1 to 0.05 over the first tenth; 0 when noisy, Boltzmann or an
   * ensemble]
   */
  readonly epsilon?: Schedule;
  /** Temperature of Boltzmann exploration, actions drawn from softmax(Q / temperature); null: greedy. [null] */
  readonly boltzmann?: Schedule | null;
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

type PartialReplay = { readonly type: "uniform" } | (Partial<PrioritizedOptions> & { readonly type: PriorityType });
type PartialHindsight = Partial<HindsightOptions> & { readonly strategy: HindsightStrategy };
type Where = "backend" | "engine" | "preset";
type Normalized =
  | "optimizer"
  | "network"
  | "replay"
  | "hindsight"
  | "distribution"
  | "noisy"
  | "munchausen"
  | "ensemble";

/** Options that are part of a checkpoint: all but where and on what the agent runs. */
export type DeepQSettings = Required<Omit<DeepQOptions, Where | Normalized>> & {
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
  readonly replay: { readonly type: "uniform" } | PrioritizedOptions;
  readonly hindsight: HindsightOptions | null;
  readonly distribution: Distribution | null;
  readonly noisy: { readonly sigma: number } | false;
  readonly munchausen: MunchausenOptions | null;
  readonly ensemble: EnsembleOptions | null;
};

/** An algorithm of the family: its names, and what it starts from. */
export interface DeepQVariant {
  /** Of the class, for messages. */
  readonly name: string;
  readonly algorithm: string;
  /** What differs from the family's defaults. */
  readonly defaults: Omit<DeepQOptions, Where | "seed">;
  readonly presets: Readonly<Record<string, Preset<Omit<DeepQOptions, Where | "seed">>>>;
  readonly networks: NetworkFactory;
}

const DEFAULTS: Required<Omit<DeepQOptions, Where>> = {
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
  replay: "uniform",
  hindsight: null,
  distribution: null,
  noisy: false,
  munchausen: null,
  ensemble: null,
  loss: "huber",
  maxGradientNorm: 10,
  epsilon: { type: "linear", from: 1, to: 0.05, fraction: 0.1 },
  boltzmann: null,
  optimizer: { type: "adam" },
  network: DEFAULT_NETWORK,
  rescaleObservations: false,
};
const MUNCHAUSEN: MunchausenOptions = { alpha: 0.9, temperature: 0.03, clip: -1 };
const ENSEMBLE: EnsembleOptions = { members: 10, priorScale: 3 };
const MAX_MEMBERS = 256;
const NOISY = { sigma: 0.5 };

export const SETTING_NAMES: readonly string[] = Object.keys(DEFAULTS);
const OPTION_NAMES = [...SETTING_NAMES, "preset", "backend", "engine"];

/** The family's defaults, the algorithm's, then the preset, then the caller's options; every value checked. */
export function readSettings(variant: DeepQVariant, workplace: Workplace, options: DeepQOptions): DeepQSettings {
  const { name: where } = variant;
  rejectUnknownOptions(where, options, OPTION_NAMES);
  const preset = choosePreset(where, variant.presets, workplace, options.preset);
  const given = { ...variant.defaults, ...preset, ...options };
  const merged = { ...DEFAULTS, ...given };
  const ensemble = readEnsemble(where, merged.ensemble);
  const explores = given.epsilon !== undefined || (!merged.noisy && merged.boltzmann === null && ensemble === null);
  const { optimizer } = merged;
  const settings: DeepQSettings = {
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
    replay: readReplay(where, merged.replay),
    hindsight:
      merged.hindsight === null ? null : readHindsightOptions(where, merged.hindsight, workplace, merged.capacity),
    distribution: merged.distribution === null ? null : readDistribution(where, merged.distribution),
    noisy: readNoisy(where, merged.noisy),
    munchausen: readMunchausen(where, merged.munchausen),
    ensemble,
    loss: merged.loss,
    maxGradientNorm: merged.maxGradientNorm,
    epsilon: explores ? merged.epsilon : 0,
    boltzmann: merged.boltzmann,
    optimizer: typeof optimizer === "string" ? { type: optimizer } : optimizer,
    network: { ...DEFAULT_NETWORK, ...variant.defaults.network, ...preset.network, ...options.network },
    rescaleObservations: merged.rescaleObservations,
  };
  checkNumbers(where, settings);
  for (const name of ["double", "dueling", "rescaleObservations"] as const) {
    if (typeof settings[name] !== "boolean") {
      throw new TypeError(
        `${where}: ${name} expected true or false, got ${show(settings[name])}. Set options.${name}.`,
      );
    }
  }
  if (settings.loss !== "huber" && settings.loss !== "mse") {
    throw new RangeError(`${where}: loss expected "huber" or "mse", got ${show(settings.loss)}. Set options.loss.`);
  }
  if (settings.batchSize > settings.capacity) {
    throw new RangeError(
      `${where}: batchSize expected at most the capacity of ${settings.capacity}, got ${settings.batchSize}. Raise options.capacity.`,
    );
  }
  if (settings.munchausen !== null && settings.distribution !== null) {
    throw new RangeError(
      `${where}: distribution expected null beside munchausen, got ${settings.distribution.type}. Leave one of them out.`,
    );
  }
  if (settings.distribution !== null && !variant.networks.distributions.includes(settings.distribution.type)) {
    throw new RangeError(
      `${where}: distribution.type expected ${variant.networks.distributions.join(" or ")}, got "${settings.distribution.type}". Use IQN, which has the network for it.`,
    );
  }
  if (settings.noisy !== false && settings.distribution?.type === "implicit-quantile") {
    throw new RangeError(
      `${where}: noisy expected false beside implicit-quantile, got true. Its network has no noisy layers.`,
    );
  }
  if (settings.munchausen !== null && settings.double) {
    throw new RangeError(
      `${where}: double expected false beside munchausen, got true. Its targets average over actions and select none.`,
    );
  }
  checkEnsemble(where, settings, variant.networks.ensembles);
  checkSchedule(where, "learningRate", settings.learningRate, { min: 0 });
  checkSchedule(where, "epsilon", settings.epsilon, { min: 0, max: 1 });
  if (settings.boltzmann !== null) checkSchedule(where, "boltzmann", settings.boltzmann, { min: 0 });
  checkOptimizerOptions(where, settings.optimizer);
  checkNetworkOptions(where, settings.network);
  return settings;
}

function checkNumbers(where: string, settings: DeepQSettings): void {
  const count = (name: keyof DeepQSettings, min: number, max: number = Number.MAX_SAFE_INTEGER): void => {
    requireNumber(where, name, settings[name], { integer: true, min, max }, `Set options.${name}.`);
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
  requireNumber(where, "discount", settings.discount, { min: 0, max: 1 }, "It is gamma.");
  requireNumber(where, "tau", settings.tau, { above: 0, max: 1 }, "1 copies the online network.");
  if (settings.maxGradientNorm !== null) {
    requireNumber(where, "maxGradientNorm", settings.maxGradientNorm, { above: 0 }, "Use null for no clipping.");
  }
}

function readReplay(where: string, given: DeepQOptions["replay"]): DeepQSettings["replay"] {
  const options = (typeof given === "string" ? { type: given } : (given ?? {})) as Partial<PrioritizedOptions>;
  const { beta, ...rest } = options;
  const type: string | undefined = options.type;
  if (type === "uniform") {
    if (typeof given === "object") rejectUnknownOptions(`${where}: replay`, given, ["type"]);
    return { type };
  }
  if (type !== "proportional" && type !== "rank") {
    throw new RangeError(
      `${where}: replay expected "uniform", "proportional" or "rank", got ${show(type ?? given)}. Set options.replay.`,
    );
  }
  const { alpha, epsilon } = readPrioritizedOptions(`${where}: replay`, { ...rest, type });
  const annealed: Schedule = beta ?? { type: "linear", from: PRIORITIZED_DEFAULTS[type].beta, to: 1 };
  checkSchedule(where, "replay.beta", annealed, { min: 0, max: 1 });
  return { type, alpha, beta: annealed, epsilon };
}

function readNoisy(where: string, given: DeepQOptions["noisy"]): DeepQSettings["noisy"] {
  if (typeof given === "boolean") return given ? NOISY : false;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where}: noisy expected true, false or { sigma }, got ${show(given)}. Set options.noisy.`);
  }
  rejectUnknownOptions(`${where}: noisy`, given, ["sigma"]);
  requireNumber(where, "noisy.sigma", given.sigma, { above: 0 }, "Use for example 0.5.");
  return given;
}

function readMunchausen(where: string, given: DeepQOptions["munchausen"]): MunchausenOptions | null {
  if (given === null || given === false) return null;
  if (given !== true && typeof given !== "object") {
    throw new TypeError(
      `${where}: munchausen expected true, false or an object, got ${show(given)}. Set options.munchausen.`,
    );
  }
  const options = { ...MUNCHAUSEN, ...(given === true ? {} : given) };
  rejectUnknownOptions(`${where}: munchausen`, options, Object.keys(MUNCHAUSEN));
  requireNumber(where, "munchausen.alpha", options.alpha, { min: 0, max: 1 }, "0 leaves rewards alone.");
  // Above 0 in float32, too.
  requireNumber(where, "munchausen.temperature", options.temperature, { min: 1e-37 }, "Use for example 0.03.");
  requireNumber(where, "munchausen.clip", options.clip, { max: 0 }, "Use for example -1.");
  return options;
}

function readEnsemble(where: string, given: DeepQOptions["ensemble"]): EnsembleOptions | null {
  if (given === null || given === false) return null;
  if (given !== true && typeof given !== "object") {
    throw new TypeError(
      `${where}: ensemble expected true, false or an object, got ${show(given)}. Set options.ensemble.`,
    );
  }
  const options = { ...ENSEMBLE, ...(given === true ? {} : given) };
  rejectUnknownOptions(`${where}: ensemble`, options, Object.keys(ENSEMBLE));
  const { members, priorScale } = options;
  const count = { integer: true, min: 1, max: MAX_MEMBERS };
  requireNumber(where, "ensemble.members", members, count, "Use for example 10.");
  requireNumber(where, "ensemble.priorScale", priorScale, { min: 0, max: 1e6 }, "0: no priors.");
  return options;
}

/** @param exists whether the algorithm's networks can be ensembles */
function checkEnsemble(where: string, settings: DeepQSettings, exists: boolean): void {
  const { distribution, ensemble, munchausen, noisy } = settings;
  if (ensemble === null) return;
  if (!exists) {
    throw new RangeError(
      `${where}: ensemble expected null, got ${ensemble.members} members. Use BootstrappedDQN, which has the network for it.`,
    );
  }
  const beside = distribution !== null ? "distribution" : munchausen !== null ? "munchausen" : "noisy";
  if (beside === "noisy" && noisy === false) return;
  throw new RangeError(
    `${where}: ensemble expected null beside ${beside}, got ${ensemble.members} members. Leave one of them out.`,
  );
}
