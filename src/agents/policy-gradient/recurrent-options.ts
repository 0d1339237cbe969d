// Options of recurrent policies, and the check of every value.

import { isVectorEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { custom, type Fields, type OptionPlace } from "../../training/options.ts";
import type { RoundSettings } from "../on-policy.ts";

/** Options of a layer of gated recurrent units (Cho et al. 2014) between the observation and the networks. */
export interface RecurrentOptions {
  /** Kind of the recurrent layer. */
  readonly type: "gru";
  /**
   * Number of recurrent units: the size of the memory.
   * @defaultValue 64, as rl-zoo3 for CartPole and Pendulum without velocities
   */
  readonly units?: number;
  /**
   * Length of a sequence: successive steps of one environment that gradients go back through. A divisor of `rolloutSteps`.
   * Minibatches consist of whole sequences.
   * @defaultValue null: the longest sequences that give every minibatch at least one
   */
  readonly sequenceSteps?: number | null;
}

/** Recurrent options with all defaults filled in. */
export type RecurrentSettings = Required<RecurrentOptions>;

/** Options of algorithms whose policies may be recurrent. */
export interface MemoryOptions {
  /**
   * Recurrent layer between the observation and the networks, for environments with hidden state: "gru", an object with its
   * settings, or null for no such layer.
   * @defaultValue null
   */
  readonly recurrent?: RecurrentOptions | "gru" | null;
}

/** Memory options with all defaults filled in, as a file contains them. */
export interface MemorySettings {
  readonly recurrent: RecurrentSettings | null;
}

/** Returns the fields of the memory options. @pre the fields of rollout, minibatches and networks come before them */
export function memoryFields(): Fields<MemoryOptions, MemorySettings> {
  return {
    recurrent: custom<NonNullable<MemoryOptions["recurrent"]> | null, RecurrentSettings | null>(null, readRecurrent),
  };
}

const DEFAULTS: RecurrentSettings = { type: "gru", units: 64, sequenceSteps: null };
const MAX_UNITS = 65_536;

/**
 * Fills in the defaults and checks every value.
 * @param given options, "gru" for all defaults, or null for a policy without memory
 * @throws TypeError or RangeError when a setting is unknown, out of range, or does not fit the rollout or the network
 */
export function readRecurrent(
  where: string,
  given: RecurrentOptions | "gru" | null,
  place: OptionPlace,
): RecurrentSettings | null {
  if (given === null) return null;
  const settings = place.settings as RoundSettings;
  const options: unknown = typeof given === "string" ? { type: given } : given;
  if (typeof options !== "object") {
    throw new TypeError(
      `${where}: recurrent expected options, got ${show(given)}. Use for example { type: "gru", units: 64 }.`,
    );
  }
  rejectUnknownOptions(`${where}: recurrent`, options as object, Object.keys(DEFAULTS));
  const read: RecurrentSettings = { ...DEFAULTS, ...(options as RecurrentOptions) };
  const { type, units, sequenceSteps } = read;
  if (type !== "gru") {
    throw new RangeError(`${where}: recurrent.type expected "gru", got ${show(type)}. Choose it.`);
  }
  const count = { integer: true, min: 1, max: MAX_UNITS };
  requireNumber(where, "recurrent.units", units, count, "It counts numbers that are remembered.");
  if (settings.network.convolution.length > 0) {
    throw new RangeError(
      `${where}: recurrent expected a network without convolutions, got ${settings.network.convolution.length}. Stack frames instead, or leave one of them out.`,
    );
  }
  const { workplace } = place;
  if (isVectorEnv(workplace) && workplace.autoresetMode === "next-step") {
    throw new RangeError(
      `${where}: autoresetMode expected "same-step" or "disabled" beside recurrent, got "next-step". Its resets would stand inside sequences: build the environment in another mode.`,
    );
  }
  if (sequenceSteps === null) return read;
  const { rolloutSteps } = settings;
  requireNumber(where, "recurrent.sequenceSteps", sequenceSteps, { integer: true, min: 1 }, "It counts steps.");
  if (rolloutSteps % sequenceSteps !== 0) {
    throw new RangeError(
      `${where}: recurrent.sequenceSteps expected a divisor of the ${rolloutSteps} rolloutSteps, got ${sequenceSteps}. Leave it out for as many as fit.`,
    );
  }
  const { environments, minibatches = 1 } = settings;
  const sequences = environments * (rolloutSteps / sequenceSteps);
  if (sequences < minibatches) {
    throw new RangeError(
      `${where}: minibatches expected at most the ${sequences} sequences of a rollout, got ${minibatches}. Lower recurrent.sequenceSteps.`,
    );
  }
  return read;
}

/** Returns the number of steps of a sequence; 1 for a policy without memory. */
export function sequenceStepsOf(recurrent: RecurrentSettings | null, settings: RoundSettings): number {
  if (recurrent === null) return 1;
  if (recurrent.sequenceSteps !== null) return recurrent.sequenceSteps;
  const { environments, minibatches = 1, rolloutSteps } = settings;
  let parts = 1;
  while (rolloutSteps % parts !== 0 || parts * environments < minibatches) parts++;
  return rolloutSteps / parts;
}
