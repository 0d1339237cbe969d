// Loads modules that users wrote: algorithms and environments. Every error message about such a module begins with its name.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { show } from "../errors.ts";
import { placeOf, seenFrom, withEnding } from "./module-word.ts";
import { offerOwnPackage } from "./own-package.ts";
import { noteFile, watchPromise } from "./stray-failure.ts";
import { UsageError } from "./usage-error.ts";
import { failureText, type UserPlace, userPlace } from "./user-failure.ts";

/** A loaded module of the user. */
export class UserModule {
  /** Path of the module as the user would write it, without the name of an export. */
  readonly shown: string;
  readonly file: string;
  /** SHA-256 of the module's own file. A change in a file that the module imports is not noticed. */
  readonly sha256: string;
  readonly exports: Readonly<Record<string, unknown>>;

  constructor(shown: string, file: string, sha256: string, exports: Readonly<Record<string, unknown>>) {
    this.shown = shown;
    this.file = file;
    this.sha256 = sha256;
    this.exports = exports;
  }

  wrong(problem: string): UsageError {
    return new UsageError(`${this.shown}: ${problem}`);
  }

  /** Returns an error whose message names the file, and the line when the runtime knows it. */
  failure(error: unknown): UsageError {
    if (error instanceof UsageError) return error;
    return new UsageError(failureText(this.shown, this.file, error, userPlace(error)), { cause: error });
  }

  /** Runs the user's code. @throws UsageError for every error of that code */
  async attempt<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.failure(error);
    }
  }
}

const loading = new Map<string, Promise<UserModule>>();
const loaded: UserModule[] = [];

/**
 * Imports the module that a word names, once in a process.
 * @param folder folder that the word is relative to
 * @throws UsageError when the module does not exist or cannot be loaded
 */
export function loadModule(word: string, folder: string): Promise<UserModule> {
  const { file } = placeOf(word, folder);
  const known = loading.get(file) ?? load(file, shownAs(word, folder));
  loading.set(file, known);
  return known;
}

async function load(file: string, shown: string): Promise<UserModule> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const got = { ENOENT: "nothing there", EISDIR: "a folder" }[cause.code ?? ""] ?? cause.message;
    const near = cause.code === "ENOENT" ? withEnding(file, process.cwd()) : undefined;
    const advice = near === undefined ? "Check the path." : `Did you mean ${near}?`;
    throw new UsageError(`${shown}: file expected a module, got ${got}. ${advice}`, { cause });
  });
  offerOwnPackage();
  try {
    noteFile({ shown, file });
    const importing = import(pathToFileURL(file).href);
    watchPromise(shown, "the file's top-level await", importing);
    const exports = await importing;
    const module = new UserModule(shown, file, createHash("sha256").update(bytes).digest("hex"), exports);
    loaded.push(module);
    return module;
  } catch (error) {
    const problem = loadingProblem(error, file);
    if (problem !== undefined) throw new UsageError(`${shown}: ${problem}`, { cause: error });
    const place = userPlace(error) ?? (error instanceof SyntaxError ? syntaxErrorPlace(file) : undefined);
    throw new UsageError(failureText(shown, file, error, place), { cause: error });
  }
}

function shownAs(word: string, folder: string): string {
  const isAbsolute = /^(file:|[\\/]|[A-Za-z]:)/.test(word);
  return (isAbsolute ? word : seenFrom(word, folder, process.cwd())).replace(/#[^#/\\]*$/, "");
}

/** Turns the long messages of runtimes into the library's form; undefined for other errors. */
function loadingProblem(error: unknown, file: string): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  const [, kind, name, importer] = /Cannot find (package|module) '(.+?)' imported from (.+)/.exec(message ?? "") ?? [];
  const where = importer === undefined ? "" : ` in ${relative(process.cwd(), importer)}`;
  if (kind === "package") {
    return `import${where} expected the package "${name}", got none near the file. Run npm install ${name} in its folder.`;
  }
  if (kind === "module") {
    return `import${where} expected a module at ${relative(process.cwd(), name)}, got nothing there. Check the path.`;
  }
  if (code !== "ERR_UNKNOWN_FILE_EXTENSION") return undefined;
  const ending = extname(file);
  const advice = /^\.[cm]?tsx?$/.test(ending)
    ? "Use Node.js 22.18 or newer, Deno or Bun, or compile it to JavaScript."
    : "Give a file that ends in .mjs or .js.";
  return `file expected a kind that Node.js ${process.versions.node} can load, got one that ends in ${show(ending)}. ${advice}`;
}

/** Finds the place of a syntax error. Node.js reports it only when the file is run alone, so the file is checked alone here. */
function syntaxErrorPlace(file: string): UserPlace | undefined {
  const { bun, deno } = process.versions;
  if (bun !== undefined || deno !== undefined) return undefined;
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 10_000 });
  const line = /^.*:(\d+)$/m.exec(stderr ?? "")?.[1];
  return line === undefined ? undefined : { file, line: Number(line) };
}

/** Start of the library's messages about wrong values from an environment: `learn` in training, `act` in greedy episodes. */
const OF_ENVIRONMENT = /^(learn|act): (observation|reward|terminated)/;

/**
 * Returns the error to report when a run failed. If the error arose in the user's files, the message names the file.
 * @param environment the user's module that exports the environment; undefined for an environment of the library
 */
export function blamed(error: unknown, environment: UserModule | undefined): unknown {
  if (error instanceof UsageError || loaded.length === 0) return error;
  // The library throws only errors. Those of a user's environment are UsageErrors already.
  if (!(error instanceof Error)) return (loaded.find((module) => module !== environment) ?? loaded[0]).failure(error);
  const place = userPlace(error);
  const stack = error.stack ?? "";
  if (place !== undefined) {
    const isIn = ({ file }: UserModule): boolean => stack.includes(pathToFileURL(file).href) || stack.includes(file);
    const module = loaded.find(({ file }) => file === place.file) ?? loaded.find(isIn) ?? environment;
    if (module !== undefined) return module.failure(error);
  }
  if (environment === undefined || !OF_ENVIRONMENT.test(error.message)) return error;
  return new UsageError(`${environment.shown}: ${error.message}`, { cause: error });
}
