// Reads specifications of experiments: a file of the user, or one that the package ships (folder specs).

import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nearestName, show } from "../errors.ts";
import { UsageError } from "./usage-error.ts";

const SHIPPED = new URL("../../specs/", import.meta.url);

/** A specification as it was read from the disk. */
export interface SpecFile {
  /** The word that the user gave, for messages. */
  readonly where: string;
  /** Folder of the file. Paths in the specification are relative to this folder. */
  readonly folder: string;
  readonly text: string;
  readonly json: unknown;
}

/** Returns the names of the specifications that the package ships, sorted. */
export async function shippedSpecs(): Promise<string[]> {
  const names = await readdir(SHIPPED);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/**
 * Reads a specification.
 * @param word a path (with a slash, or with the ending .json) or the name of a shipped specification
 * @throws UsageError when the specification does not exist, or is no JSON
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
