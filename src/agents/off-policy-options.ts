// Options of every algorithm that learns from a replay of single steps.

import { rejectUnknownOptions, show } from "../errors.ts";
import { type HindsightOptions, type HindsightStrategy, readHindsightOptions } from "../experience/hindsight.ts";
import { PRIORITIZED_DEFAULTS, readPrioritizedOptions } from "../experience/prioritized-replay.ts";
import { MAX_CAPACITY } from "../experience/replay-buffer.ts";
import type { PriorityType } from "../operations/priorities.ts";
import { count, custom, type Fields, type OptionPlace } from "../training/options.ts";
import { checkSchedule, type Schedule } from "../training/schedule.ts";

/** Prioritized experience replay (Schaul et al. 2016, https://arxiv.org/abs/1511.05952). */
export interface PrioritizedOptions {
  /** "proportional": priority by the size of the error. "rank": priority by its rank among all errors. */
  readonly type: PriorityType;
  /** Strength of the priorities, in 0 .. 1: 0 samples uniformly. @defaultValue 0.6; rank 0.7 */
  readonly alpha: number;
  /**
   * Strength of the importance weights, in 0 .. 1: 1 corrects the whole bias of prioritized sampling.
   * @defaultValue linear from 0.4 to 1 over the run; rank from 0.5
   */
  readonly beta: Schedule;
  /** Number added to every error, so that every transition can still be sampled. Not used with "rank". @defaultValue 1e-6 */
  readonly epsilon: number;
}

type PartialReplay = { readonly type: "uniform" } | (Partial<PrioritizedOptions> & { readonly type: PriorityType });
type PartialHindsight = Partial<HindsightOptions> & { readonly strategy: HindsightStrategy };

/**
 * Options of every algorithm that learns from a replay. Default values differ: the algorithm's page in docs/agents lists them.
 */
export interface OffPolicyOptions {
  /** Transitions per update, at most `capacity`. */
  readonly batchSize?: number;
  /** Capacity of the replay in transitions. */
  readonly capacity?: number;
  /** Environment steps before the first update. Until then, exploring actions are uniformly random. */
  readonly warmupSteps?: number;
  /** Environment steps between two rounds of updates, summed over all environments. */
  readonly trainIntervalSteps?: number;
  /** Updates per round of updates. @defaultValue 1 */
  readonly updatesPerTrain?: number;
  /** Number of rewards that a target sums before it adds the value of the state reached. @defaultValue 1; Rainbow 3 */
  readonly nStep?: number;
  /**
   * Sampling of transitions: "uniform", or prioritized by error as "proportional" or "rank". An object has the settings too.
   * @defaultValue "uniform"; Rainbow "proportional"
   */
  readonly replay?: "uniform" | PriorityType | PartialReplay;
  /**
   * Hindsight experience replay (Andrychowicz et al. 2017), for environments with goals: stores each step again, with goals
   * that its episode reached. Learning from an episode begins when the episode is over. A strategy's name stands for the
   * paper's number of `goals`: 4, with "final" 1. null: no hindsight.
   * @defaultValue null
   */
  readonly hindsight?: HindsightStrategy | PartialHindsight | null;
}

/** Off-policy options with all defaults filled in, as a file contains them. Fields are explained in `OffPolicyOptions`. */
export interface OffPolicySettings {
  readonly batchSize: number;
  readonly capacity: number;
  readonly warmupSteps: number;
  readonly trainIntervalSteps: number;
  readonly updatesPerTrain: number;
  readonly nStep: number;
  readonly replay: { readonly type: "uniform" } | PrioritizedOptions;
  readonly hindsight: HindsightOptions | null;
}

/** Largest number of updates between two steps. A file with a larger number is damaged or hostile. */
const MAX_UPDATES = 65_536;

/** Returns the fields of the off-policy options. @param defaults the algorithm's default values */
export function offPolicyFields(defaults: {
  readonly batchSize: number;
  readonly capacity: number;
  readonly warmupSteps: number;
  readonly trainIntervalSteps: number;
}): Fields<OffPolicyOptions, OffPolicySettings> {
  return {
    capacity: count(defaults.capacity, { max: MAX_CAPACITY }),
    batchSize: {
      default: defaults.batchSize,
      read: (where, name, given, place) => {
        const read = count(defaults.batchSize, { max: 65_536 }).read(where, name, given, place);
        const { capacity } = place.settings as { readonly capacity: number };
        if (read <= capacity) return read;
        throw new RangeError(
          `${where}: batchSize expected at most the capacity of ${capacity}, got ${read}. Raise options.capacity.`,
        );
      },
    },
    warmupSteps: count(defaults.warmupSteps, { min: 0 }),
    trainIntervalSteps: count(defaults.trainIntervalSteps),
    updatesPerTrain: count(1, { max: MAX_UPDATES }),
    nStep: count(1, { max: 1000 }),
    replay: custom<NonNullable<OffPolicyOptions["replay"]>, OffPolicySettings["replay"]>("uniform", readReplay),
    hindsight: custom<NonNullable<OffPolicyOptions["hindsight"]> | null, HindsightOptions | null>(null, readHindsight),
  };
}

function readReplay(where: string, given: NonNullable<OffPolicyOptions["replay"]>): OffPolicySettings["replay"] {
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

function readHindsight(
  where: string,
  given: NonNullable<OffPolicyOptions["hindsight"]> | null,
  { workplace, settings }: OptionPlace,
): HindsightOptions | null {
  const { capacity } = settings as { readonly capacity: number };
  return given === null ? null : readHindsightOptions(where, given, workplace, capacity);
}
