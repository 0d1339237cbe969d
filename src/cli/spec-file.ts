// Specifications of experiments: a file, or the name of one that comes with the package (folder specs).

import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nearestName, show } from "../errors.ts";
import { UsageError } from "./usage-error.ts";

const SHIPPED = new URL("../../specs/", import.meta.url);

export interface SpecFile {
  /** For messages. */
  readonly where: string;
  /** That words in it are relative to. */
  readonly folder: string;
  readonly text: string;
  readonly json: unknown;
}

/** Names of the specifications that come with the package, sorted. */
export async function shippedSpecs(): Promise<string[]> {
  const names = await readdir(SHIPPED);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/**
 * @param word a path (it has a slash or ends in .json) or a shipped name
 * @throws UsageError when there is none, or it is no JSON
 */
export async function readSpecFile(word: string): Promise<SpecFile> {
  const isPath = /[\\/]|\.json$/.test(word);
  const names = isPath ? [] : await shippedSpecs();
  if (!isPath && !names.includes(word)) {
    const near = nearestName(word, names);
    const advice =
      near === undefined ? `Known: ${names.join(", ")}; or give a file, ./name.json.` : `Did you mean ${near}?`;
    throw new UsageError(`spec expected a file or a known name, got ${show(word)}. ${advice}`);
  }
  const path = isPath ? word : fileURLToPath(new URL(`${word}.json`, SHIPPED));
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : (cause.code ?? cause.message);
    throw new UsageError(`${word} expected a specification, got ${got}. Check the path.`, { cause });
  });
  try {
    return { where: word, folder: dirname(resolve(path)), text, json: JSON.parse(text) };
  } catch (cause) {
    throw new UsageError(`${word} expected JSON, got ${(cause as Error).message}. Correct the file.`, { cause });
  }
}
