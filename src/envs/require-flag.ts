// The check of boolean options of environments and wrappers.

import { show } from "../errors.ts";

/** Returns `value`, or `fallback` when `value` is undefined. @throws TypeError when `value` is neither a boolean nor undefined */
export function requireFlag(where: string, what: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") {
    throw new TypeError(`${where}: ${what} expected true or false, got ${show(value)}. Default: ${fallback}.`);
  }
  return value;
}
