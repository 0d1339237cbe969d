// Reads the fields of a JSON object one by one and checks each of them. Messages name the path of the field. An unknown key is
// an error that names the nearest valid key.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";

/** Settings by name, as JSON data. */
export type Settings = Readonly<Record<string, unknown>>;

/** The fields of a JSON object. Methods return undefined for an absent field, and throw for a field of the wrong kind. */
export class SpecFields {
  /** Path of the object in messages. */
  readonly where: string;
  readonly #fields: Settings;

  /**
   * @param where path of the object in messages: the file, and the path inside the file
   * @param value the JSON object
   * @param known names of the legal keys
   * @throws TypeError when `value` is no object; RangeError for a key that is not in `known`
   */
  constructor(where: string, value: unknown, known: readonly string[]) {
    this.where = where;
    this.#fields = requireJsonObject(where, value);
    rejectUnknownOptions(where, this.#fields, known);
  }

  /** True when the field is present. */
  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  /** Returns the unchecked value of a field. */
  raw(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  /** Returns a text that is not empty. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
    throw new TypeError(`${this.where}: ${name} expected a text, got ${show(value)}. Write it in quotes.`);
  }

  /** Returns an integer at least `min`. */
  count(name: string, min: number): number | undefined {
    return this.number(name, { min, integer: true });
  }

  /** Returns a number that follows the rule. */
  number(name: string, rule: Parameters<typeof requireNumber>[3]): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    return requireNumber(this.where, name, value, rule, `Change ${name}.`);
  }

  /** Returns a text that is one of `names`. */
  oneOf<Name extends string>(name: string, names: readonly Name[]): Name | undefined {
    const value = this.raw(name);
    if (value === undefined || names.includes(value as Name)) return value as Name | undefined;
    throw new RangeError(
      `${this.where}: ${name} expected ${names.map(show).join(" or ")}, got ${show(value)}. Choose one.`,
    );
  }

  /** Returns an object; an empty object for an absent field. */
  object(name: string): Settings {
    const value = this.raw(name);
    return value === undefined ? {} : requireJsonObject(`${this.where}: ${name}`, value);
  }

  /** Returns a list of at least one element. */
  list(name: string): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0) return value;
    throw new TypeError(`${this.where}: ${name} expected a list of at least one, got ${show(value)}. Write [ ... ].`);
  }

  /** Returns the value of a field that must be present. @throws TypeError when the field is absent */
  required<T>(name: string, value: T | undefined): T {
    if (value !== undefined) return value;
    throw new TypeError(`${this.where}: ${name} expected to be given, got nothing. Add it.`);
  }
}

/** Returns `value` as an object. @throws TypeError when `value` is no object */
export function requireJsonObject(where: string, value: unknown): Settings {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Settings;
  throw new TypeError(`${where}: expected an object, got ${show(value)}. Write { ... }.`);
}

/** Checks that all names differ. @throws RangeError for a repeated name */
export function requireDistinct(where: string, what: string, names: readonly (string | number)[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new RangeError(`${where}: ${what} expected to differ, got ${show(twice)} twice. Rename or remove one.`);
}
