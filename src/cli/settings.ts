// Reads `key=value` words. A value that parses as JSON is JSON, any other value is text. A dot in a key leads to a field of
// an object.
//
//   learningRate=0.0005   network.hidden=[128,128]   loss=mse   epsilon={"type":"linear","from":1,"to":0.1}

import { show } from "../errors.ts";
import { UsageError } from "./usage-error.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** A value for one setting, or for one part of a setting. */
export interface Assignment {
  /** Parts of the key between its dots; at least one. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Reads `key=value` words. @param option option that the words follow, for messages */
export function readAssignments(option: string, words: readonly string[]): Assignment[] {
  return words.map((word) => {
    const equals = word.indexOf("=");
    const path = word.slice(0, Math.max(0, equals)).split(".");
    // A key such as __proto__ would not become a property of its own.
    if (equals < 1 || path.some((part) => part === "" || part in Object.prototype)) {
      throw new UsageError(
        `${option}: expected key=value, got ${show(word)}. For example ${option} learningRate=0.0005.`,
      );
    }
    return { path, value: readValue(word.slice(equals + 1)) };
  });
}

/**
 * Reads assignments from an object of a JSON file: `{ "learningRate": 0.0005, "epsilon.to": 0.01 }`.
 * @param where name of the file or of its part, for messages
 * @param reserved names that are not allowed here because they have a place of their own. Default: [].
 */
export function settingsAssignments(where: string, settings: Settings, reserved: readonly string[] = []): Assignment[] {
  return Object.entries(settings).map(([key, value]) => {
    const path = key.split(".");
    if (path.some((part) => part === "" || part in Object.prototype)) {
      throw new UsageError(`${where}: setting expected a name, got ${show(key)}. For example learningRate.`);
    }
    if (reserved.includes(path[0])) {
      throw new UsageError(`${where}: key expected a setting, got ${show(path[0])}. It has a place of its own.`);
    }
    return { path, value };
  });
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Returns the settings that the assignments give. A later assignment overrides an earlier one.
 * @param base objects for dotted keys: a dotted key changes one field, and the other fields come from here. Default: {}.
 */
export function assign(assignments: readonly Assignment[], base: Settings = {}): Settings {
  const result: Record<string, unknown> = {};
  for (const { path, value } of assignments) {
    const [head, ...rest] = path;
    result[head] = rest.length === 0 ? value : assignInside(head in result ? result[head] : base[head], rest, value);
  }
  return result;
}

function assignInside(outer: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  const [head, ...rest] = path;
  const object = isObject(outer) ? outer : {};
  return { ...object, [head]: assignInside(object[head], rest, value) };
}

/** Returns the value at the path; undefined when there is none. */
export function lookUp(settings: unknown, path: readonly string[]): unknown {
  let value = settings;
  for (const part of path) value = isObject(value) ? value[part] : undefined;
  return value;
}

/** True when both are equal as JSON data. The order of keys does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => isSame(value, b[i]));
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
