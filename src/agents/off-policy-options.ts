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
  /** By the error's size, or by its rank. */
  readonly type: PriorityType;
  /** How much priorities count: 0 is uniform. @defaultValue 0.6; rank 0.7 */
  readonly alpha: number;
  /** How far importance weights correct the bias. @defaultValue linear from 0.4 to 1 over the run; rank from 0.5 */
  readonly beta: Schedule;
  /** Added to every error, so that no transition is lost. @defaultValue 1e-6 */
  readonly epsilon: number;
}

type PartialReplay = { readonly type: "uniform" } | (Partial<PrioritizedOptions> & { readonly type: PriorityType });
type PartialHindsight = Partial<HindsightOptions> & { readonly strategy: HindsightStrategy };

/** Defaults are the algorithm's. */
export interface OffPolicyOptions {
  /** Transitions per update. */
  readonly batchSize?: number;
  /** Replay capacity in transitions. */
  readonly capacity?: number;
  /** Environment steps before the first update; until then exploration is uniformly random. */
  readonly warmupSteps?: number;
  /** Environment steps between two rounds of updates; several environments make several steps at a time. */
  readonly trainIntervalSteps?: number;
  /** Updates per round. */
  readonly updatesPerTrain?: number;
  /** Steps per target. */
  readonly nStep?: number;
  /** Which transitions are learned from: all alike, or some more often. */
  readonly replay?: "uniform" | PriorityType | PartialReplay;
  /**
   * Store each step again with goals that its episode did reach (Andrychowicz et al. 2017); for environments with goals.
   * Nothing is learned from an episode before it is over. A name means the paper's `goals`: 4, of "final" 1.
   */
  readonly hindsight?: HindsightStrategy | PartialHindsight | null;
}

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

/** A file that asks for more between two steps is none of ours. */
const MAX_UPDATES = 65_536;

/** The same with an algorithm's defaults. */
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
