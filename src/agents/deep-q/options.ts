// Options of deep Q-learning: their default values, the sources of these, and the check of every value. All algorithms of the
// family have the same options; their default values differ.

import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { TdLoss } from "../../operations/value-loss.ts";
import type { About } from "../../training/about.ts";
import { count, custom, type Fields, flag, number, oneOf, orNull, schedule } from "../../training/options.ts";
import { type PlaceOption, type RunSettings, runFields } from "../../training/run-options.ts";
import type { Schedule } from "../../training/schedule.ts";
import { type LearningOptions, type LearningSettings, learningFields } from "../learning-options.ts";
import { type OffPolicyOptions, type OffPolicySettings, offPolicyFields } from "../off-policy-options.ts";
import { type Distribution, type DistributionOptions, readDistribution } from "./distribution.ts";
import type { EnsembleOptions } from "./ensemble-head.ts";
import type { MunchausenOptions } from "./munchausen-head.ts";

/**
 * Options of deep Q-learning. The default values are those of DQN, from Stable-Baselines3 (DQN, 2.9) unless noted otherwise:
 *
 * | option | default |
 * |---|---|
 * | totalSteps | 50000 |
 * | discount | 0.99 |
 * | learningRate | 1e-4 |
 * | optimizer | adam |
 * | maxGradientNorm | 10 |
 * | network | hidden 64-64, relu, no layer norm, PyTorch's initialisation |
 * | batchSize | 32 |
 * | capacity | 100000; Mnih et al.: 1e6 |
 * | warmupSteps | 1000 |
 * | trainIntervalSteps, updatesPerTrain | 4, 1 |
 * | nStep, replay, hindsight | 1, uniform, null |
 *
 * Each other algorithm of the family changes some defaults; the `about` of its class lists them.
 */
export interface DeepQOptions extends LearningOptions, OffPolicyOptions {
  /** Updates between two moves of the target network. @defaultValue 1000 */
  readonly targetIntervalUpdates?: number;
  /**
   * Share of the way that the target network moves towards the online network, in (0, 1]. 1 copies the weights; smaller
   * numbers give Polyak averaging.
   * @defaultValue 1
   */
  readonly tau?: number;
  /** True for double Q-learning: the online network selects the next action of a target. @defaultValue false */
  readonly double?: boolean;
  /** True for a dueling network: the last layer gives a state value and the actions' advantages. @defaultValue false */
  readonly dueling?: boolean;
  /** Distribution of returns to learn. null: only the mean return is learned. @defaultValue null */
  readonly distribution?: DistributionOptions | null;
  /**
   * True for exploration by noise in the weights, in place of random actions (Fortunato et al. 2018). true stands for the
   * paper's sigma, 0.5.
   * @defaultValue false
   */
  readonly noisy?: boolean | { readonly sigma: number };
  /**
   * Munchausen targets: soft targets, with the scaled log-policy of the action added to the reward (Vieillard et al. 2020).
   * true stands for alpha 0.9, temperature 0.03 and clip -1; null: none.
   * @defaultValue null
   */
  readonly munchausen?: boolean | Partial<MunchausenOptions> | null;
  /**
   * Several value functions (members), each with a random prior (Osband et al. 2018). In every episode one member explores
   * (Osband et al. 2016). Only BootstrappedDQN accepts this option. true stands for 10 members and priors times 3; null: one
   * value function.
   * @defaultValue null
   */
  readonly ensemble?: boolean | Partial<EnsembleOptions> | null;
  /** Loss of a temporal-difference error. Distributions of returns have their own losses. @defaultValue "huber" */
  readonly loss?: TdLoss;
  /**
   * Probability of a uniformly random action.
   * @defaultValue linear from 1 to 0.05 over the first tenth; 0 when noisy, Boltzmann or an ensemble
   */
  readonly epsilon?: Schedule;
  /**
   * Temperature of Boltzmann exploration: actions are drawn from softmax(Q / temperature). null: the action of largest value.
   * @defaultValue null
   */
  readonly boltzmann?: Schedule | null;
}

/** Deep Q-learning options with all defaults filled in, as a file contains them. Fields are explained in `DeepQOptions`. */
export interface DeepQSettings extends RunSettings, LearningSettings, OffPolicySettings {
  readonly targetIntervalUpdates: number;
  readonly tau: number;
  readonly double: boolean;
  readonly dueling: boolean;
  readonly distribution: Distribution | null;
  readonly noisy: { readonly sigma: number } | false;
  readonly munchausen: MunchausenOptions | null;
  readonly ensemble: EnsembleOptions | null;
  readonly loss: TdLoss;
  readonly epsilon: Schedule;
  readonly boltzmann: Schedule | null;
}

/** Options that a preset may contain. */
export type DeepQPreset = Omit<DeepQOptions, PlaceOption | "seed">;

/** Description of an algorithm of deep Q-learning. */
export type DeepQAbout = About<DeepQOptions, DeepQSettings>;

const MUNCHAUSEN: MunchausenOptions = { alpha: 0.9, temperature: 0.03, clip: -1 };
const ENSEMBLE: EnsembleOptions = { members: 10, priorScale: 3 };
const MAX_MEMBERS = 256;
const NOISY = { sigma: 0.5 };

/** Fields of the options of deep Q-learning: default values and checks. */
export const DEEP_Q_FIELDS: Fields<DeepQOptions, DeepQSettings> = {
  ...runFields({ totalSteps: 50_000 }),
  ...learningFields({
    discount: 0.99,
    learningRate: 1e-4,
    maxGradientNorm: 10,
    optimizer: { type: "adam" },
  }),
  ...offPolicyFields({ batchSize: 32, capacity: 100_000, warmupSteps: 1000, trainIntervalSteps: 4 }),
  targetIntervalUpdates: count(1000),
  tau: number(1, { above: 0, max: 1, advice: "1 copies the online network." }),
  double: flag(false),
  dueling: flag(false),
  distribution: custom<DistributionOptions | null, Distribution | null>(null, (where, given) =>
    given === null ? null : readDistribution(where, given),
  ),
  noisy: custom<NonNullable<DeepQOptions["noisy"]>, DeepQSettings["noisy"]>(false, readNoisy),
  munchausen: custom<NonNullable<DeepQOptions["munchausen"]> | null, MunchausenOptions | null>(null, readMunchausen),
  ensemble: custom<NonNullable<DeepQOptions["ensemble"]> | null, EnsembleOptions | null>(null, readEnsemble),
  loss: oneOf<TdLoss>("huber", ["huber", "mse"]),
  epsilon: schedule({ type: "linear", from: 1, to: 0.05, fraction: 0.1 }, { min: 0, max: 1 }),
  boltzmann: orNull<Schedule, Schedule>(null, schedule(0)),
};

/** Kinds of values that an algorithm offers; see ValueKind. */
export interface ValueLimits {
  /** Types of the distributions of returns that the algorithm can learn. */
  readonly distributions: readonly string[];
  /** True when the algorithm can have several value functions. */
  readonly ensembles: boolean;
}

/** Checks options that depend on each other. @param said see OptionSchema.complete @throws RangeError */
export function completeDeepQ(
  where: string,
  settings: DeepQSettings,
  said: ReadonlySet<string>,
  limits: ValueLimits,
): DeepQSettings {
  checkTogether(where, settings, limits);
  const { boltzmann, ensemble, noisy } = settings;
  const explores = said.has("epsilon") || (noisy === false && boltzmann === null && ensemble === null);
  return explores ? settings : { ...settings, epsilon: 0 };
}

/** @throws RangeError when options do not go together, or ask for values of another kind */
function checkTogether(where: string, settings: DeepQSettings, limits: ValueLimits): void {
  const { distribution, double, munchausen, noisy } = settings;
  if (munchausen !== null && distribution !== null) {
    throw new RangeError(
      `${where}: distribution expected null beside munchausen, got ${distribution.type}. Leave one of them out.`,
    );
  }
  if (distribution !== null && !limits.distributions.includes(distribution.type)) {
    throw new RangeError(
      `${where}: distribution.type expected ${limits.distributions.join(" or ")}, got "${distribution.type}". Use IQN, which has the network for it.`,
    );
  }
  if (noisy !== false && distribution?.type === "implicit-quantile") {
    throw new RangeError(
      `${where}: noisy expected false beside implicit-quantile, got true. Its network has no noisy layers.`,
    );
  }
  if (munchausen !== null && double) {
    throw new RangeError(
      `${where}: double expected false beside munchausen, got true. Its targets average over actions and select none.`,
    );
  }
  checkEnsemble(where, settings, limits.ensembles);
}

function readNoisy(where: string, given: NonNullable<DeepQOptions["noisy"]>): DeepQSettings["noisy"] {
  if (typeof given === "boolean") return given ? NOISY : false;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where}: noisy expected true, false or { sigma }, got ${show(given)}. Set options.noisy.`);
  }
  rejectUnknownOptions(`${where}: noisy`, given, ["sigma"]);
  requireNumber(where, "noisy.sigma", given.sigma, { above: 0 }, "Use for example 0.5.");
  return given;
}

function readMunchausen(where: string, given: unknown): MunchausenOptions | null {
  const options = readSwitch(where, "munchausen", given, MUNCHAUSEN);
  if (options === null) return null;
  requireNumber(where, "munchausen.alpha", options.alpha, { min: 0, max: 1 }, "0 leaves rewards alone.");
  // The smallest number is above 0 in float32, too.
  requireNumber(where, "munchausen.temperature", options.temperature, { min: 1e-37 }, "Use for example 0.03.");
  requireNumber(where, "munchausen.clip", options.clip, { max: 0 }, "Use for example -1.");
  return options;
}

function readEnsemble(where: string, given: unknown): EnsembleOptions | null {
  const options = readSwitch(where, "ensemble", given, ENSEMBLE);
  if (options === null) return null;
  const { members, priorScale } = options;
  const rule = { integer: true, min: 1, max: MAX_MEMBERS };
  requireNumber(where, "ensemble.members", members, rule, "Use for example 10.");
  requireNumber(where, "ensemble.priorScale", priorScale, { min: 0, max: 1e6 }, "0: no priors.");
  return options;
}

/** Reads the options of a part that true switches on, and false or null switch off. */
function readSwitch<Options extends object>(
  where: string,
  name: string,
  given: unknown,
  defaults: Options,
): Options | null {
  if (given === null || given === false) return null;
  if (given !== true && typeof given !== "object") {
    throw new TypeError(
      `${where}: ${name} expected true, false or an object, got ${show(given)}. Set options.${name}.`,
    );
  }
  const options = { ...defaults, ...(given === true ? {} : given) };
  rejectUnknownOptions(`${where}: ${name}`, options, Object.keys(defaults));
  return options;
}

/** Checks the ensemble option. @param exists true when the algorithm's networks can be ensembles */
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
