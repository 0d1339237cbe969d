// The ranges of settings in a search, and the draw of one trial. Draws come from one seeded stream, in the order of the keys.
// Trial k therefore has the same settings on every machine, for any number of trials.

import { exp, log } from "../engine/math.ts";
import type { Pcg64 } from "../engine/random.ts";
import { show } from "../errors.ts";
import { requireJsonObject, type Settings, SpecFields } from "./spec-fields.ts";

/** The range of one setting. */
export type Range =
  | { readonly type: "choice"; readonly values: readonly unknown[] }
  | { readonly type: "uniform" | "logUniform" | "integer"; readonly low: number; readonly high: number };

/** Range of each setting, by name. A dot in a name leads into an object, as in `--set epsilon.to=0.01`. */
export type SearchSpace = Readonly<Record<string, Range>>;

const TYPES = ["choice", "uniform", "logUniform", "integer"] as const;
/** Significant digits of a drawn number. More digits do not matter, and readers copy these numbers by hand. */
const DIGITS = 4;

/** Reads the ranges. @throws TypeError or RangeError for no settings, an unknown type or a bad range */
export function readSpace(where: string, value: unknown): SearchSpace {
  const entries = Object.entries(requireJsonObject(where, value));
  if (entries.length === 0) throw new TypeError(`${where} expected at least one setting, got none. Add one.`);
  return Object.fromEntries(entries.map(([name, range]) => [name, readRange(`${where}: ${name}`, range)]));
}

function readRange(where: string, value: unknown): Range {
  const given = requireJsonObject(where, value).type;
  const known = given === "choice" ? ["type", "values"] : ["type", "low", "high"];
  const type = TYPES.find((name) => name === given);
  if (type === undefined) {
    throw new RangeError(`${where}: type expected ${TYPES.map(show).join(" or ")}, got ${show(given)}. Choose one.`);
  }
  const fields = new SpecFields(where, value, known);
  if (type === "choice") return { type, values: fields.required("values", fields.list("values")) };
  const rule = { integer: type === "integer", ...(type === "logUniform" && { above: 0 }) };
  const low = fields.required("low", fields.number("low", rule));
  const high = fields.required("high", fields.number("high", { ...rule, min: low }));
  return { type, low, high };
}

/** Draws one value for each setting. Cost: one random draw per setting. */
export function drawSettings(space: SearchSpace, random: Pcg64): Settings {
  return Object.fromEntries(Object.entries(space).map(([name, range]) => [name, draw(range, random)]));
}

function draw(range: Range, random: Pcg64): unknown {
  switch (range.type) {
    case "choice":
      return range.values[random.integers(0, range.values.length)];
    case "integer":
      return random.integers(range.low, range.high + 1);
    case "uniform":
      return rounded(random.uniform(range.low, range.high), range);
    case "logUniform":
      return rounded(exp(random.uniform(log(range.low), log(range.high))), range);
  }
}

function rounded(value: number, { low, high }: { low: number; high: number }): number {
  return Math.min(high, Math.max(low, Number(value.toPrecision(DIGITS))));
}
