// Options of algorithms as data: one field holds an option's default, its check and how layers of it join. What holds is, from the
// bottom up: the field's default, the algorithm's, the preset's, the caller's.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Workplace } from "../workplace.ts";
import { choosePreset, type Preset } from "./preset.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";

/** One option: `Given` is what a caller may pass, `Read` what the algorithm works with and its files keep. */
export interface Field<Given = unknown, Read = unknown> {
  readonly default: Given;
  /** Checks and completes. @throws TypeError or RangeError that names the option */
  read(where: string, name: string, given: Given, place: OptionPlace): Read;
  /** Lays an option over the same one of a lower layer. [it takes its place] */
  merge?(below: Given, over: Given): Given;
}

/** What else is known when an option is read. */
export interface OptionPlace {
  readonly workplace: Workplace;
  /** Whether the caller gave the option, rather than a preset or a default. */
  readonly byCaller: boolean;
  /** Settings of the fields before this one. */
  readonly settings: object;
}

/** A field for every setting; options that say where or on what an agent runs are no settings. */
export type Fields<Options, Settings> = {
  readonly [K in keyof Settings]-?: Field<
    K extends keyof Options ? Exclude<Options[K], undefined> : unknown,
    Settings[K]
  >;
};

/** Options that are no settings: they are not part of a file. */
export const PLACE_OPTIONS: readonly string[] = ["preset", "backend", "engine"];

export interface OptionSchema<Options extends object, Settings extends object> {
  /** Of the class, for messages. */
  readonly name: string;
  readonly fields: Fields<Options, Settings>;
  /** What differs from the fields' defaults. */
  readonly defaults?: Partial<Options>;
  readonly presets?: Readonly<Record<string, Preset<Partial<Options>>>>;
  /**
   * Checks options that depend on each other, and completes what follows from others.
   * @param said names of the options that anybody gave: the algorithm's defaults, the preset or the caller
   */
  complete?(where: string, settings: Settings, workplace: Workplace, said: ReadonlySet<string>): Settings;
}

/** @throws TypeError or RangeError for an unknown name or a wrong value */
export function readOptions<Options extends object, Settings extends object>(
  schema: OptionSchema<Options, Settings>,
  workplace: Workplace,
  given: Options & { readonly preset?: string | false },
): Settings {
  const { name: where, defaults = {}, presets = {} } = schema;
  const fields: Readonly<Record<string, Field>> = schema.fields;
  rejectUnknownOptions(where, given, [...Object.keys(fields), ...PLACE_OPTIONS]);
  const preset = choosePreset(where, presets, workplace, given.preset);
  const layers = [defaults, preset, given] as readonly Readonly<Record<string, unknown>>[];
  const settings: Record<string, unknown> = {};
  const said = new Set<string>();
  for (const [name, field] of Object.entries(fields)) {
    let value = field.default;
    for (const layer of layers) {
      const over = layer[name];
      if (over === undefined) continue;
      value = field.merge === undefined ? over : field.merge(value, over);
      said.add(name);
    }
    const byCaller = (given as Readonly<Record<string, unknown>>)[name] !== undefined;
    settings[name] = field.read(where, name, value, { workplace, byCaller, settings });
  }
  return schema.complete?.(where, settings as Settings, workplace, said) ?? (settings as Settings);
}

// --- kinds of fields ---------------------------------------------------------------------------------------------------

/** A whole number of at least `min`. */
export function count(
  value: number,
  rule: { readonly min?: number; readonly max?: number; readonly advice?: string } = {},
): Field<number, number> {
  return number(value, { min: 1, ...rule, integer: true });
}

/** A number within bounds. @param rule.advice what to do about a wrong one ["Set options.<name>."] */
export function number(
  value: number,
  { advice, ...rule }: Parameters<typeof requireNumber>[3] & { readonly advice?: string },
): Field<number, number> {
  return {
    default: value,
    read: (where, name, given) => requireNumber(where, name, given, rule, advice ?? `Set options.${name}.`),
  };
}

/** What another field takes, or null. */
export function orNull<Given, Read>(
  value: Given | null,
  { read, merge }: Field<Given, Read>,
): Field<Given | null, Read | null> {
  return {
    default: value,
    read: (where, name, given, place) => (given === null ? null : read(where, name, given, place)),
    ...(merge && { merge: (below, over) => (below === null || over === null ? over : merge(below, over)) }),
  };
}

/** True or false. */
export function flag(value: boolean): Field<boolean, boolean> {
  return {
    default: value,
    read: (where, name, given) => {
      if (typeof given === "boolean") return given;
      throw new TypeError(`${where}: ${name} expected true or false, got ${show(given)}. Set options.${name}.`);
    },
  };
}

/** One of a few words. */
export function oneOf<Word extends string>(value: Word, words: readonly Word[]): Field<Word, Word> {
  return {
    default: value,
    read: (where, name, given) => {
      if (words.includes(given)) return given;
      throw new RangeError(
        `${where}: ${name} expected ${words.map(show).join(" or ")}, got ${show(given)}. Set options.${name}.`,
      );
    },
  };
}

/** A number that may change during a run. @param bounds that all of its values are in */
export function schedule(
  value: Schedule,
  bounds: { readonly min: number; readonly max?: number } = { min: 0 },
): Field<Schedule, Schedule> {
  return {
    default: value,
    read: (where, name, given) => {
      checkSchedule(where, name, given, bounds);
      return given;
    },
  };
}

/** An option with a reader of its own. */
export function custom<Given, Read>(
  value: Given,
  read: (where: string, given: Given, place: OptionPlace) => Read,
  merge?: (below: Given, over: Given) => Given,
): Field<Given, Read> {
  return {
    default: value,
    read: (where, _name, given, place) => read(where, given, place),
    ...(merge && { merge }),
  };
}
