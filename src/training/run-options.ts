// Options that every algorithm has: how a run is seeded, how long it is, in how many environments it goes, and on what.

import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { isVectorEnv } from "../env.ts";
import { requireNumber, show } from "../errors.ts";
import type { Workplace } from "../workplace.ts";
import { count, type Field, type OptionPlace, type OptionSchema } from "./options.ts";
import { choosePreset } from "./preset.ts";

/** Defaults are the algorithm's. */
export interface RunOptions {
  /** Seeds every random stream: initial weights, exploration, batches, and the environments' first reset. */
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
  /** "wasm", or a function that makes a backend, as `reference` of `bellwether/reference` does. [wasm] */
  readonly backend?: BackendChoice;
  /** The engine binary of the wasm backend. [strict] */
  readonly engine?: EngineBinary;
}

/** Options that say where and on what an agent runs: not part of a file. */
export type PlaceOption = "preset" | "backend" | "engine";

export interface RunSettings {
  readonly seed: number;
  readonly totalSteps: number;
  readonly environments: number;
}

/** Far more than one thread steps well; a file that asks for more is none of ours. */
const MAX_ENVIRONMENTS = 65_536;

export function runFields(defaults: { readonly totalSteps: number; readonly environments?: number }): {
  readonly [K in keyof RunSettings]: Field<number, number>;
} {
  return {
    seed: count(0, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    totalSteps: count(defaults.totalSteps),
    environments: { default: defaults.environments ?? 1, read: readEnvironments },
  };
}

/** The workplace's own number, where it has one: the preset's is then advice for whoever builds it. */
function readEnvironments(where: string, name: string, given: number, { workplace, byCaller }: OptionPlace): number {
  if (!("step" in workplace)) return requireCount(where, name, given);
  const isVector = isVectorEnv(workplace);
  const own = requireCount(where, name, isVector ? workplace.count : 1);
  if (!byCaller || given === own) return own;
  const size = isVector ? `${own}, the size of the vector environment` : "1 with a single environment";
  throw new RangeError(
    `${where}: environments expected ${size}, got ${show(given)}. Leave it out, or pass a vector environment of as many.`,
  );
}

function requireCount(where: string, name: string, given: unknown): number {
  const rule = { integer: true, min: 1, max: MAX_ENVIRONMENTS };
  return requireNumber(where, name, given, rule, "It counts environments stepped together.");
}

/** How many environments the options, or the preset that holds for `workplace`, ask for: a vector's size, before it is built. */
export function plannedEnvironments<Options extends object, Settings extends object>(
  { name, fields, defaults = {}, presets = {} }: OptionSchema<Options, Settings>,
  workplace: Workplace,
  options: Options & { readonly preset?: string | false },
): number {
  const preset = choosePreset(name, presets, workplace, options.preset);
  const field = (fields as Readonly<Record<string, Field | undefined>>).environments;
  const layers = [options, preset, defaults] as readonly { readonly environments?: number }[];
  const given = layers.find(({ environments }) => environments !== undefined)?.environments ?? field?.default ?? 1;
  return requireCount(name, "environments", given);
}
