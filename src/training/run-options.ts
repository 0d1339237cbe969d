// Options that every algorithm has: the seed, the length of the run, the number of environments, the preset and the backend.

import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { isVectorEnv } from "../env.ts";
import { requireNumber, show } from "../errors.ts";
import type { Workplace } from "../workplace.ts";
import { count, type Field, type OptionPlace, type OptionSchema } from "./options.ts";
import { choosePreset } from "./preset.ts";

/** Options that every agent has. The page of each algorithm in docs/agents lists its default values. */
export interface RunOptions {
  /**
   * Seed of every random stream: initial weights, exploration, batches, and the first reset of the environments.
   * @defaultValue 0
   */
  readonly seed?: number;
  /**
   * Name of a preset, that is of tuned settings; `false` for none.
   * @defaultValue the preset named like the environment's id, if any
   */
  readonly preset?: string | false;
  /** Environment steps planned for the whole run, summed over all environments. Schedules are shares of this number. */
  readonly totalSteps?: number;
  /**
   * Number of environments that are stepped together. Leave the option out with an environment: a vector environment has a
   * size of its own, and a single environment counts as 1. Callers who own their loop set this option. A preset contains the
   * number that it was tuned for; the command line builds that many environments.
   * @defaultValue 1
   */
  readonly environments?: number;
  /** "wasm", or a function that makes a backend, such as `reference` of `bellwether/reference`. @defaultValue "wasm" */
  readonly backend?: BackendChoice;
  /** Engine binary of the wasm backend. @defaultValue the strict binary */
  readonly engine?: EngineBinary;
}

/** Options about the place where an agent runs. A file does not contain them. */
export type PlaceOption = "preset" | "backend" | "engine";

/** Run options with all defaults filled in, as a file contains them. */
export interface RunSettings {
  /** Seed of every random stream. */
  readonly seed: number;
  /** Environment steps planned for the whole run, summed over all environments. */
  readonly totalSteps: number;
  /** Number of environments that are stepped together. */
  readonly environments: number;
}

/** Largest number of environments: far more than one thread steps well. A file with a larger number is damaged or hostile. */
const MAX_ENVIRONMENTS = 65_536;

/** Returns the fields of the run options. @param defaults the algorithm's default values */
export function runFields(defaults: { readonly totalSteps: number; readonly environments?: number }): {
  readonly [K in keyof RunSettings]: Field<number, number>;
} {
  return {
    seed: count(0, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    totalSteps: count(defaults.totalSteps),
    environments: { default: defaults.environments ?? 1, read: readEnvironments },
  };
}

/** Returns the environment's own number, if there is an environment: a preset's number is only advice for its builder then. */
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

/** Returns the number of environments to build for `workplace`, as the options or its preset say. */
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
