// The messages of the library, in one form: "<where>: <what> expected <rule>, got <value>. <what to do>."
// TypeError is for the wrong kind, RangeError for the wrong value; the classes below exist because a caller can act on them.

/** The file is no checkpoint of this library, is damaged, or does not fit the agent that loads it. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

/** Training produced NaN or infinite numbers and was stopped; the state before the run's last checkpoint is untouched. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
}

/** A call that cannot be made now, for example a second `learn` while one runs, or any call after `dispose`. */
export class StateError extends Error {
  override readonly name = "StateError";
}

/** The chosen backend lacks something that the agent's settings ask for. Another backend has it. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

/** There is no GPU or no threads, or the GPU or a thread was lost during work. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
}

/** Prints a value for an error message: shortened, and with its kind visible. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const list = Array.from(value as ArrayLike<unknown>);
    const head = list.slice(0, 6).map(show).join(", ");
    const kind = Array.isArray(value) ? "" : `${value.constructor.name} `;
    return list.length > 6 ? `${kind}[${head}, ... ${list.length} values]` : `${kind}[${head}]`;
  }
  // A parsed file may carry a "constructor" of its own.
  const kind: unknown = (value as object).constructor;
  return typeof kind === "function" ? kind.name : "object";
}

/** Returns the entry of `names` nearest to `name` by edit distance; undefined when all are too far for a typing mistake. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length];
}

/** @throws RangeError that names the first key of `options` that is not in `known`, and the nearest valid name. */
export function rejectUnknownOptions(where: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const advice = near ? `Did you mean ${near}?` : `Known options: ${known.join(", ")}.`;
    throw new RangeError(`${where}: option expected a known name, got ${show(key)}. ${advice}`);
  }
}

/** Bounds of a numeric option. `integer` also demands a safe integer: a whole number below 2^53 in size. */
export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly integer?: boolean;
}

/**
 * Checks a number against a rule.
 * @throws TypeError when it is no number; RangeError when it is not finite or outside the rule.
 */
export function requireNumber(where: string, what: string, value: unknown, rule: NumberRule, advice: string): number {
  const kind = rule.integer ? "an integer" : "a number";
  const bounds = [
    rule.min !== undefined ? `at least ${rule.min}` : "",
    rule.above !== undefined ? `above ${rule.above}` : "",
    rule.max !== undefined ? `at most ${rule.max}` : "",
    rule.below !== undefined ? `below ${rule.below}` : "",
  ].filter(Boolean);
  const message = `${where}: ${what} expected ${kind}${bounds.length ? ` ${bounds.join(" and ")}` : ""}, got ${show(value)}. ${advice}`;
  if (typeof value !== "number") throw new TypeError(message);
  const inside =
    Number.isFinite(value) &&
    (!rule.integer || Number.isSafeInteger(value)) &&
    (rule.min === undefined || value >= rule.min) &&
    (rule.max === undefined || value <= rule.max) &&
    (rule.above === undefined || value > rule.above) &&
    (rule.below === undefined || value < rule.below);
  if (!inside) throw new RangeError(message);
  return value;
}
