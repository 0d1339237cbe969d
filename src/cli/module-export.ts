// Chooses one export of a module: the named one, else the default export, else the only one that fits.

import { nearestName, show } from "../errors.ts";
import type { UserModule } from "./user-module.ts";

/** Description of the export that is looked for. */
export interface Wanted {
  /** Description for messages, such as "a class of agents (with static about, load)". */
  readonly what: string;
  /** Last sentence of messages. */
  readonly advice: string;
  /** Returns advice for a value that fits elsewhere; undefined for other values. */
  readonly elsewhere?: (value: unknown, module: UserModule) => string | undefined;
  /** Returns 0 when the value certainly fits, 1 when it may fit, undefined when it does not fit. */
  fit(value: unknown): number | undefined;
}

/** @throws UsageError when no export fits, or when several fit and no name was given */
export function chooseExport(module: UserModule, name: string | undefined, wanted: Wanted): unknown {
  const { exports } = module;
  const names = Object.keys(exports);
  if (name !== undefined) {
    if (!Object.hasOwn(exports, name)) {
      const near = nearestName(name, names);
      const advice = near === undefined ? "" : ` Did you mean ${near}?`;
      throw module.wrong(
        `the word after # expected the name of an export (the file exports ${listed(exports)}), got ${show(name)}.${advice || " Name one of them."}`,
      );
    }
    if (wanted.fit(exports[name]) !== undefined) return exports[name];
    const advice = wanted.elsewhere?.(exports[name], module) ?? wanted.advice;
    throw module.wrong(`${name} expected ${wanted.what}, got ${described(exports[name])}. ${advice}`);
  }
  for (const rank of [0, 1]) {
    const fitting = names.filter((each) => wanted.fit(exports[each]) === rank);
    if (fitting.includes("default")) return exports.default;
    if (new Set(fitting.map((each) => exports[each])).size === 1) return exports[fitting[0]];
    if (fitting.length > 1) {
      throw module.wrong(
        `exports expected one that is ${wanted.what}, got ${fitting.join(", ")}. Say which: ${module.shown}#${fitting[0]}.`,
      );
    }
  }
  const elsewhere = names.map((each) => wanted.elsewhere?.(exports[each], module)).find((each) => each !== undefined);
  throw module.wrong(`exports expected ${wanted.what}, got ${listed(exports)}. ${elsewhere ?? wanted.advice}`);
}

function listed(exports: Readonly<Record<string, unknown>>): string {
  const each = Object.entries(exports).map(([name, value]) => `${name} (${described(value)})`);
  return each.length === 0 ? "none" : each.join(", ");
}

export function described(value: unknown): string {
  if (isClass(value)) return "a class";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : show(value);
}

export function isClass(value: unknown): value is new (options: object) => unknown {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
