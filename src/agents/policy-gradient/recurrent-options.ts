// Policies that remember: what they can be told, and the check of it.

import { isVectorEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { custom, type Fields, type OptionPlace } from "../../training/options.ts";
import type { RoundSettings } from "../on-policy.ts";

/** A layer of gated recurrent units (Cho et al. 2014) between the observation and the networks. */
export interface RecurrentOptions {
  readonly type: "gru";
  /** Numbers that it remembers. @defaultValue 64, as rl-zoo3 for CartPole and Pendulum without velocities */
  readonly units?: number;
  /**
   * Successive steps of one environment that gradients go back through; divides `rolloutSteps`. Minibatches are made of whole
   * sequences. @defaultValue null: as many as leave a sequence for every minibatch
   */
  readonly sequenceSteps?: number | null;
}

export type RecurrentSettings = Required<RecurrentOptions>;

/** Of algorithms whose policies may have a memory. */
export interface MemoryOptions {
  /**
   * A recurrent layer between the observation and the networks, for environments that do not show everything: its options,
   * "gru", or null for none. @defaultValue null
   */
  readonly recurrent?: RecurrentOptions | "gru" | null;
}

/** The same as a checkpoint has it. */
export interface MemorySettings {
  readonly recurrent: RecurrentSettings | null;
}

/** @pre the fields of a rollout, its minibatches and its networks come first */
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

/** Steps of a sequence: 1 without memory. */
export function sequenceStepsOf(recurrent: RecurrentSettings | null, settings: RoundSettings): number {
  if (recurrent === null) return 1;
  if (recurrent.sequenceSteps !== null) return recurrent.sequenceSteps;
  const { environments, minibatches = 1, rolloutSteps } = settings;
  let parts = 1;
  while (rolloutSteps % parts !== 0 || parts * environments < minibatches) parts++;
  return rolloutSteps / parts;
}
