// Reads the fields of a JSON object one by one: each has a kind, a rule and a path for messages, and a key that nobody
// reads is an error with the nearest valid name.

import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";

export type Settings = Readonly<Record<string, unknown>>;

export class SpecFields {
  readonly where: string;
  readonly #fields: Settings;

  /**
   * @param where for messages: the file and the path inside it
   * @throws TypeError when `value` is no object; RangeError for a key that is not in `known`
   */
  constructor(where: string, value: unknown, known: readonly string[]) {
    this.where = where;
    this.#fields = requireJsonObject(where, value);
    rejectUnknownOptions(where, this.#fields, known);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  raw(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
    throw new TypeError(`${this.where}: ${name} expected a text, got ${show(value)}. Write it in quotes.`);
  }

  /** A whole number. */
  count(name: string, min: number): number | undefined {
    return this.number(name, { min, integer: true });
  }

  number(name: string, rule: Parameters<typeof requireNumber>[3]): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    return requireNumber(this.where, name, value, rule, `Change ${name}.`);
  }

  oneOf<Name extends string>(name: string, names: readonly Name[]): Name | undefined {
    const value = this.raw(name);
    if (value === undefined || names.includes(value as Name)) return value as Name | undefined;
    throw new RangeError(
      `${this.where}: ${name} expected ${names.map(show).join(" or ")}, got ${show(value)}. Choose one.`,
    );
  }

  object(name: string): Settings {
    const value = this.raw(name);
    return value === undefined ? {} : requireJsonObject(`${this.where}: ${name}`, value);
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0) return value;
    throw new TypeError(`${this.where}: ${name} expected a list of at least one, got ${show(value)}. Write [ ... ].`);
  }

  /** @throws TypeError when the field is absent */
  required<T>(name: string, value: T | undefined): T {
    if (value !== undefined) return value;
    throw new TypeError(`${this.where}: ${name} expected to be given, got nothing. Add it.`);
  }
}

export function requireJsonObject(where: string, value: unknown): Settings {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Settings;
  throw new TypeError(`${where}: expected an object, got ${show(value)}. Write { ... }.`);
}

/** @throws RangeError naming the first name that is there twice */
export function requireDistinct(where: string, what: string, names: readonly (string | number)[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new RangeError(`${where}: ${what} expected to differ, got ${show(twice)} twice. Rename or remove one.`);
}
