// Options of every algorithm that learns from rollouts.

import { MAX_SLOTS } from "../experience/rollout.ts";
import {
  type NormalizationOptions,
  type NormalizationSettings,
  readNormalization,
  requireNormalizable,
} from "../experience/running-normalizer.ts";
import { count, type Field, type Fields } from "../training/options.ts";
import { type RunOptions, type RunSettings, runFields } from "../training/run-options.ts";
import { type LearningOptions, type LearningSettings, learningFields } from "./learning-options.ts";

/**
 * Options of every algorithm that learns from rollouts. Default values differ: the algorithm's page in docs/agents lists them.
 */
export interface RolloutOptions extends LearningOptions {
  /** Length of a rollout: steps of each environment between two rounds of updates. */
  readonly rolloutSteps?: number;
  /**
   * True to give the network observations of mean 0 and variance 1; an object has the settings. The statistics cover all
   * observations that were acted on in training, and are saved with the agent. Only for Box observations; applied after
   * `rescaleObservations`.
   * @defaultValue false
   */
  readonly normalizeObservations?: NormalizationOptions | boolean;
  /**
   * True to divide rewards by the standard deviation of the discounted returns so far; an object has the settings. Only
   * learning sees these rewards.
   * @defaultValue false
   */
  readonly normalizeRewards?: NormalizationOptions | boolean;
}

/** Options of algorithms that learn from every rollout several times, in minibatches. */
export interface MinibatchOptions {
  /** Number of times that a round of updates goes through the rollout. */
  readonly epochs?: number;
  /**
   * Updates per epoch. Each update learns from its own part of the rollout, which is in random order. All parts have the same
   * size: when rolloutSteps x environments is no multiple of this number, the rest is left out in this epoch.
   */
  readonly minibatches?: number;
}

/** Rollout options with all defaults filled in, as a file contains them. Fields are explained in `RolloutOptions`. */
export interface RolloutSettings extends RunSettings, LearningSettings {
  readonly rolloutSteps: number;
  readonly normalizeObservations: NormalizationSettings;
  readonly normalizeRewards: NormalizationSettings;
}

/** Minibatch options with all defaults filled in, as a file contains them. Fields are explained in `MinibatchOptions`. */
export interface MinibatchSettings {
  readonly epochs: number;
  readonly minibatches: number;
}

/** Returns the fields of the rollout options. @param defaults the algorithm's default values */
export function rolloutFields(
  defaults: { readonly totalSteps: number; readonly rolloutSteps: number } & Parameters<typeof learningFields>[0],
): Fields<RolloutOptions & RunOptions, RolloutSettings> {
  return {
    ...runFields(defaults),
    ...learningFields(defaults),
    rolloutSteps: {
      default: defaults.rolloutSteps,
      read: (where, name, given, place) => {
        const steps = count(defaults.rolloutSteps, { max: MAX_SLOTS }).read(where, name, given, place);
        const slots = steps * (place.settings as RunSettings).environments;
        if (slots <= MAX_SLOTS) return steps;
        throw new RangeError(
          `${where}: rolloutSteps x environments expected at most ${MAX_SLOTS}, got ${slots}. Lower options.rolloutSteps.`,
        );
      },
    },
    normalizeObservations: {
      default: false,
      read: (where, name, given, { workplace }) => {
        const settings = readNormalization(where, name, given);
        requireNormalizable(where, settings, workplace.observationSpace);
        return settings;
      },
    },
    normalizeRewards: { default: false, read: readNormalization } as Field<
      NormalizationOptions | boolean,
      NormalizationSettings
    >,
  };
}

/** Largest number of epochs: far more than any rollout is good for. A file with a larger number is damaged or hostile. */
const MAX_EPOCHS = 65_536;

/** Returns the fields of the minibatch options. @pre the rollout fields come before them */
export function minibatchFields(defaults: MinibatchSettings): Fields<MinibatchOptions, MinibatchSettings> {
  return {
    epochs: count(defaults.epochs, { max: MAX_EPOCHS }),
    minibatches: {
      default: defaults.minibatches,
      read: (where, name, given, place) => {
        const parts = count(defaults.minibatches).read(where, name, given, place);
        const { environments, rolloutSteps } = place.settings as RolloutSettings;
        const slots = rolloutSteps * environments;
        if (parts <= slots) return parts;
        throw new RangeError(
          `${where}: minibatches expected at most the ${slots} transitions of a rollout, got ${parts}. Raise options.rolloutSteps.`,
        );
      },
    },
  };
}
