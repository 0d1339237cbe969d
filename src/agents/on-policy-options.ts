// Options of every algorithm that learns from rollouts of its own.

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

/** Defaults are the algorithm's. */
export interface RolloutOptions extends LearningOptions {
  /** Steps of every environment between two rounds of updates. */
  readonly rolloutSteps?: number;
  /**
   * Give the network observations of mean 0 and variance 1, by the statistics of all that was acted on in training, which are
   * saved with the agent; its options, or true for their defaults. For a Box; after `rescaleObservations`.
   */
  readonly normalizeObservations?: NormalizationOptions | boolean;
  /** Divide rewards by the deviation of discounted returns so far, for learning only; its options, or true for their defaults. */
  readonly normalizeRewards?: NormalizationOptions | boolean;
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

export interface RolloutSettings extends RunSettings, LearningSettings {
  readonly rolloutSteps: number;
  readonly normalizeObservations: NormalizationSettings;
  readonly normalizeRewards: NormalizationSettings;
}

export interface MinibatchSettings {
  readonly epochs: number;
  readonly minibatches: number;
}

/** The same with an algorithm's defaults. */
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

/** Far more than any rollout is good for; a file that asks for more is none of ours. */
const MAX_EPOCHS = 65_536;

/** @pre the fields of a rollout come first */
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
