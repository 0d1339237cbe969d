// What every algorithm that learns from rollouts can be told, and the check of every value. Algorithms add options of their
// own, and each has its own defaults.

import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { isVectorEnv } from "../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { checkNetworkOptions, type NetworkOptions } from "../nn/network.ts";
import { checkOptimizerOptions, type OptimizerOptions } from "../nn/optimizer.ts";
import { choosePreset, type Preset } from "./preset.ts";
import { MAX_SLOTS } from "./rollout.ts";
import {
  type NormalizationOptions,
  type NormalizationSettings,
  readNormalization,
  requireNormalizable,
} from "./running-normalizer.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";
import type { Workplace } from "./trainable-agent.ts";

/** Defaults are the algorithm's. */
export interface RolloutOptions {
  /** Seeds every random stream: initial weights, exploration, minibatches, and the environments' first reset. */
  readonly seed?: number;
  /** Named settings for an environment; `false` for none; else the preset of the environment's id, if there is one. */
  readonly preset?: string | false;
  /** Environment steps planned for the whole run, of all environments together; schedules are shares of it. */
  readonly totalSteps?: number;
  /**
   * Environments stepped together. A vector environment says it itself, and a single environment is one; a preset says how
   * many it was tuned for, which is how many the command line makes. For callers who own their loop it has to be told.
   */
  readonly environments?: number;
  /** Steps of every environment between two rounds of updates. */
  readonly rolloutSteps?: number;
  /** gamma, in 0 .. 1. */
  readonly discount?: number;
  readonly learningRate?: Schedule;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly maxGradientNorm?: number | null;
  readonly optimizer?: OptimizerOptions["type"] | OptimizerOptions;
  readonly network?: Partial<NetworkOptions>;
  /** Map finite bounds of a Box observation onto [-1, 1] before the network. */
  readonly rescaleObservations?: boolean;
  /**
   * Give the network observations of mean 0 and variance 1, by the statistics of all that was acted on in training, which are
   * saved with the agent; its options, or true for their defaults. For a Box; after `rescaleObservations`.
   */
  readonly normalizeObservations?: NormalizationOptions | boolean;
  /** Divide rewards by the deviation of discounted returns so far, for learning only; its options, or true for their defaults. */
  readonly normalizeRewards?: NormalizationOptions | boolean;
  /** "wasm", or a function that makes a backend, as `reference` of `bellwether/reference` does. [wasm] */
  readonly backend?: BackendChoice;
  /** The engine binary of the wasm backend. [strict] */
  readonly engine?: EngineBinary;
}

/** Of algorithms that learn from every rollout several times, in parts. */
export interface MinibatchOptions {
  /** How often a round goes through the rollout. */
  readonly epochs?: number;
  /**
   * Updates per epoch, each from its own part of the rollout in random order. Parts are of one size: where
   * rolloutSteps x environments is no multiple, the rest sits this epoch out.
   */
  readonly minibatches?: number;
}

/** Far more than one thread steps well; a file that asks for more is none of ours. */
const MAX_ENVIRONMENTS = 65_536;
const ENVIRONMENTS_ADVICE = "It counts environments stepped together.";

type Where = "backend" | "engine" | "preset";
type Completed = "optimizer" | "network" | "normalizeObservations" | "normalizeRewards";

/** Options that are part of a checkpoint: all but where and on what the agent runs. */
export type SettingsOf<Options extends RolloutOptions> = Required<Omit<Options, Where | Completed>> & {
  readonly optimizer: OptimizerOptions;
  readonly network: NetworkOptions;
  readonly normalizeObservations: NormalizationSettings;
  readonly normalizeRewards: NormalizationSettings;
};

/** Without `epochs` and `minibatches` a rollout is learned from once, as a whole. */
export type RolloutSettings = SettingsOf<RolloutOptions> & MinibatchOptions;

/** What an agent runs on: no part of a checkpoint. */
export type Hardware = Pick<RolloutOptions, "backend" | "engine">;

/** An algorithm as messages and files call it. */
export interface RolloutNames {
  /** Of the class. */
  readonly name: string;
  readonly algorithm: string;
}

/** Options as a preset has them. */
export type PresetOptions<Options extends RolloutOptions> = Omit<Options, Where | "seed">;

/** An algorithm: its names, and what it starts from. */
export interface RolloutVariant<Options extends RolloutOptions> extends RolloutNames {
  readonly defaults: SettingsOf<Options>;
  readonly presets: Readonly<Record<string, Preset<PresetOptions<Options>>>>;
  /**
   * Checks what the algorithm adds, and fills in what depends on where it works.
   * @throws TypeError or RangeError
   */
  readonly complete: (where: string, settings: SettingsOf<Options>, workplace: Workplace) => SettingsOf<Options>;
}

/** The algorithm's defaults, then the preset, then the caller's options; every value checked. */
export function readRolloutSettings<Options extends RolloutOptions>(
  variant: RolloutVariant<Options>,
  workplace: Workplace,
  options: Options,
): SettingsOf<Options> {
  const { name: where } = variant;
  const defaults = variant.defaults as RolloutSettings;
  rejectUnknownOptions(where, options, [...Object.keys(defaults), "preset", "backend", "engine"]);
  const chosen = choosePreset(where, variant.presets, workplace, options.preset) as RolloutOptions;
  const merged: RolloutOptions = { ...defaults, ...chosen, ...options };
  const { preset: _preset, backend: _backend, engine: _engine, optimizer, ...others } = merged;
  const planned = chosen.environments ?? defaults.environments;
  const settings = {
    ...others,
    environments: countEnvironments(where, workplace, options.environments, planned),
    optimizer: typeof optimizer === "string" ? { type: optimizer } : optimizer,
    network: { ...defaults.network, ...chosen.network, ...options.network },
    normalizeObservations: readNormalization(where, "normalizeObservations", merged.normalizeObservations),
    normalizeRewards: readNormalization(where, "normalizeRewards", merged.normalizeRewards),
  } as unknown as SettingsOf<Options>;
  requireNormalizable(where, settings.normalizeObservations, workplace.observationSpace);
  checkRollout(where, settings as RolloutSettings);
  return variant.complete(where, settings, workplace);
}

/** How many environments the options, or the preset that holds for `workplace`, ask for: a vector's size, before it is built. */
export function plannedEnvironments<Options extends RolloutOptions>(
  variant: RolloutVariant<Options>,
  workplace: Workplace,
  options: Options,
): number {
  const { name: where } = variant;
  const preset = choosePreset(where, variant.presets, workplace, options.preset) as RolloutOptions;
  const planned = options.environments ?? preset.environments ?? (variant.defaults as RolloutSettings).environments;
  return requireNumber(
    where,
    "environments",
    planned,
    { integer: true, min: 1, max: MAX_ENVIRONMENTS },
    ENVIRONMENTS_ADVICE,
  );
}

/** The workplace's own number, where it has one: the preset's is then advice for whoever builds it. */
function countEnvironments(where: string, workplace: Workplace, given: number | undefined, planned: number): number {
  if (!("step" in workplace)) return given ?? planned;
  const isVector = isVectorEnv(workplace);
  const count = isVector ? workplace.count : 1;
  if (given === undefined || given === count) return count;
  const size = isVector ? `${count}, the size of the vector environment` : "1 with a single environment";
  throw new RangeError(
    `${where}: environments expected ${size}, got ${show(given)}. Leave it out, or pass a vector environment of as many.`,
  );
}

function checkRollout(where: string, settings: RolloutSettings): void {
  const count = (name: keyof RolloutSettings, min: number, max: number = Number.MAX_SAFE_INTEGER): void => {
    requireNumber(where, name, settings[name], { integer: true, min, max }, `Set options.${name}.`);
  };
  count("seed", 0);
  count("totalSteps", 1);
  const { environments } = settings;
  requireNumber(
    where,
    "environments",
    environments,
    { integer: true, min: 1, max: MAX_ENVIRONMENTS },
    ENVIRONMENTS_ADVICE,
  );
  count("rolloutSteps", 1, MAX_SLOTS);
  const { epochs = 1, minibatches = 1 } = settings;
  requireNumber(where, "epochs", epochs, { integer: true, min: 1 }, "Set options.epochs.");
  requireNumber(where, "minibatches", minibatches, { integer: true, min: 1 }, "Set options.minibatches.");
  requireNumber(where, "discount", settings.discount, { min: 0, max: 1 }, "It is gamma.");
  const slots = settings.rolloutSteps * settings.environments;
  if (slots > MAX_SLOTS) {
    throw new RangeError(
      `${where}: rolloutSteps x environments expected at most ${MAX_SLOTS}, got ${slots}. Lower options.rolloutSteps.`,
    );
  }
  if (minibatches > slots) {
    throw new RangeError(
      `${where}: minibatches expected at most the ${slots} transitions of a rollout, got ${minibatches}. Raise options.rolloutSteps.`,
    );
  }
  if (settings.maxGradientNorm !== null) {
    requireNumber(where, "maxGradientNorm", settings.maxGradientNorm, { above: 0 }, "Use null for no clipping.");
  }
  if (typeof settings.rescaleObservations !== "boolean") {
    throw new TypeError(
      `${where}: rescaleObservations expected true or false, got ${show(settings.rescaleObservations)}. Set options.rescaleObservations.`,
    );
  }
  checkSchedule(where, "learningRate", settings.learningRate, { min: 0 });
  checkOptimizerOptions(where, settings.optimizer);
  checkNetworkOptions(where, settings.network);
}
