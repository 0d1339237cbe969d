// One check for the yes-or-no options of environments and wrappers.

import { show } from "../errors.ts";

/** @throws TypeError unless `value` is a boolean, or undefined, which means `fallback` */
export function requireFlag(where: string, what: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") {
    throw new TypeError(`${where}: ${what} expected true or false, got ${show(value)}. Default: ${fallback}.`);
  }
  return value;
}
