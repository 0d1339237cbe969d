// The words after a command. parseArgs of node:util reads them; this file checks them, because a user who types a wrong
// word should see one line with the nearest right word, not a stack trace.

import { parseArgs } from "node:util";
import { nearestName, show } from "../errors.ts";
import { UsageError } from "./usage-error.ts";

/**
 * "flag": an option without a value. "text": an option with one value. "list": an option with a value that may be given several
 * times. "optional": a flag that a value may follow.
 */
export type OptionKind = "flag" | "text" | "list" | "optional";

export type OptionKinds = Readonly<Record<string, OptionKind>>;

export class CommandLine {
  readonly positionals: string[] = [];
  readonly #command: string;
  readonly #values = new Map<string, string[]>();
  readonly #positionalAfter = new Map<string, number>();

  /** @throws UsageError for an unknown option, a missing value, or a value where none belongs */
  constructor(command: string, args: readonly string[], kinds: OptionKinds) {
    this.#command = command;
    const options = Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [
        name,
        { type: kind === "text" || kind === "list" ? "string" : "boolean" } as const,
      ]),
    );
    const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
    for (const [i, token] of tokens.entries()) {
      if (token.kind === "positional") {
        const before = tokens[i - 1];
        if (before?.kind === "option") this.#positionalAfter.set(before.name, this.positionals.length);
        this.positionals.push(token.value);
      }
      if (token.kind !== "option") continue;
      const { name, rawName, value } = token;
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
      if (kind === undefined) throw unknownOption(command, rawName, Object.keys(kinds));
      if (kind === "flag" && value !== undefined) throw this.wrong(`${rawName} expected no value, got ${show(value)}`);
      const takesValue = kind === "text" || kind === "list";
      if (takesValue && (value === undefined || (!token.inlineValue && value.startsWith("--")))) {
        throw this.wrong(`${rawName} expected a value, got ${value === undefined ? "none" : show(value)}`);
      }
      if (kind !== "list" && this.#values.has(name))
        throw this.wrong(`${rawName} expected to be given once, got it twice`);
      const earlier = this.#values.get(name) ?? [];
      this.#values.set(name, value === undefined ? earlier : [...earlier, value]);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Returns the index of the positional that follows the option immediately; undefined where none does. */
  positionalAfter(name: string): number | undefined {
    return this.#positionalAfter.get(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Returns the option as a whole number of at least `minimum`; it may be written "50000", "50_000" or "5e4". */
  count(name: string, minimum: number): number | undefined {
    return this.#number(name, minimum, true);
  }

  /** Returns the option as a number of at least `minimum`. */
  number(name: string, minimum: number): number | undefined {
    return this.#number(name, minimum, false);
  }

  #number(name: string, minimum: number, integer: boolean): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Number(text.replace(/(?<=\d)_(?=\d)/g, ""));
    if ((integer ? Number.isSafeInteger(value) : Number.isFinite(value)) && value >= minimum) return value;
    const rule = `${integer ? "a whole number" : "a number"} of at least ${minimum}`;
    throw this.wrong(`--${name} expected ${rule}, got ${show(text)}`);
  }

  /** @param named name of the positionals, for the message @throws UsageError unless their number is `minimum` to `maximum` */
  requirePositionals(minimum: number, maximum: number, named: string): void {
    const { length } = this.positionals;
    if (length < minimum)
      throw this.wrong(`expected ${named}, got ${length === 0 ? "nothing" : this.positionals.join(" ")}`);
    if (length > maximum)
      throw this.wrong(`expected ${named || "no further words"}, got also ${show(this.positionals[maximum])}`);
  }

  wrong(problem: string): UsageError {
    return new UsageError(`${this.#command}: ${problem}. See bellwether ${this.#command} --help.`);
  }
}

function unknownOption(command: string, rawName: string, names: readonly string[]): UsageError {
  const near = nearestName(rawName.replace(/^-+/, ""), names);
  const advice = near === undefined ? `See bellwether ${command} --help.` : `Did you mean --${near}?`;
  return new UsageError(`${command}: option expected a known name, got ${rawName}. ${advice}`);
}
