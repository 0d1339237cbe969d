// Options of algorithms as data: one field holds an option's default value, its check, and the way in which layers join. The
// layers, from the bottom up: the field's default, the algorithm's, the preset's, the caller's. An upper layer wins.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import type { Workplace } from "../workplace.ts";
import { choosePreset, type Preset } from "./preset.ts";
import { checkSchedule, type Schedule } from "./schedule.ts";

/**
 * One option. `Given` is the type that a caller may pass; `Read` is the type that the algorithm uses and its files contain.
 */
export interface Field<Given = unknown, Read = unknown> {
  /** Value of the option when no layer gives one. */
  readonly default: Given;
  /** Checks the given value and fills in missing parts. @throws TypeError or RangeError that names the option */
  read(where: string, name: string, given: Given, place: OptionPlace): Read;
  /** Joins the value of a layer with the value of the layer below. @defaultValue the upper value replaces the lower one */
  merge?(below: Given, over: Given): Given;
}

/** Surroundings of an option while it is read. */
export interface OptionPlace {
  /** Environment or spaces of the agent. */
  readonly workplace: Workplace;
  /** True when the caller gave the option; false when a preset or a default did. */
  readonly byCaller: boolean;
  /** Settings of the fields that were read before this one. */
  readonly settings: object;
}

/** One field for every setting. `preset`, `backend` and `engine` are not settings and have no field. */
export type Fields<Options, Settings> = {
  readonly [K in keyof Settings]-?: Field<
    K extends keyof Options ? Exclude<Options[K], undefined> : unknown,
    Settings[K]
  >;
};

/** Names of the options that are not settings: a file does not contain them. */
export const PLACE_OPTIONS: readonly string[] = ["preset", "backend", "engine"];

/** All options of an algorithm: their fields, the algorithm's own default values, and its presets. */
export interface OptionSchema<Options extends object, Settings extends object> {
  /** Name of the class, for error messages. */
  readonly name: string;
  /** Field of every setting: default value and check. */
  readonly fields: Fields<Options, Settings>;
  /** Default values of this algorithm that replace those of the fields. */
  readonly defaults?: Partial<Options>;
  /** Presets by name. A preset named like an environment is the default there. */
  readonly presets?: Readonly<Record<string, Preset<Partial<Options>>>>;
  /**
   * Checks options that depend on each other, and fills in settings that follow from others.
   * @param said names of the options that the algorithm's defaults, the preset or the caller gave
   */
  complete?(where: string, settings: Settings, workplace: Workplace, said: ReadonlySet<string>): Settings;
}

/** Joins all layers of options and checks every value. @throws TypeError or RangeError for an unknown name or a wrong value */
export function readOptions<Options extends object, Settings extends object>(
  schema: OptionSchema<Options, Settings>,
  workplace: Workplace,
  given: Options & { readonly preset?: string | false },
): Settings {
  const { name: where, defaults = {}, presets = {} } = schema;
  const fields: Readonly<Record<string, Field>> = schema.fields;
  const known = [...Object.keys(fields), ...PLACE_OPTIONS];
  rejectUnknownOptions(where, given, known);
  const preset = choosePreset(where, presets, workplace, given.preset);
  // A class of the caller's own may have mistakes, too.
  rejectUnknownOptions(`${where}.about`, { ...defaults, ...preset }, known);
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

/** Field of a whole number. @param value the default value @param rule smallest and largest number; min 1 unless given */
export function count(
  value: number,
  rule: { readonly min?: number; readonly max?: number; readonly advice?: string } = {},
): Field<number, number> {
  return number(value, { min: 1, ...rule, integer: true });
}

/** Field of a number within bounds. @param advice last sentence of the error message. Default: "Set options.<name>." */
export function number(
  value: number,
  { advice, ...rule }: Parameters<typeof requireNumber>[3] & { readonly advice?: string },
): Field<number, number> {
  return {
    default: value,
    read: (where, name, given) => requireNumber(where, name, given, rule, advice ?? `Set options.${name}.`),
  };
}

/** Field of a value that another field accepts, or null. */
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

/** Field of true or false. */
export function flag(value: boolean): Field<boolean, boolean> {
  return {
    default: value,
    read: (where, name, given) => {
      if (typeof given === "boolean") return given;
      throw new TypeError(`${where}: ${name} expected true or false, got ${show(given)}. Set options.${name}.`);
    },
  };
}

/** Field of one word out of a list. */
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

/** Field of a number that may change during a run. @param bounds range of all of its values */
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

/** Field with its own function for reading and, where given, for joining layers. */
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
