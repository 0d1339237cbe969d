// Words that name a module of the user instead of an entry of a registry: "./my-agent.mjs", "../maze.ts#Maze",
// "file:///home/maze.js". A word that is stored in a file is relative to that file's folder.

import { existsSync } from "node:fs";
import { basename, extname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./usage-error.ts";

const MODULE = /\.[cm]?[jt]sx?$/;
const ENDINGS = [".mjs", ".js", ".ts", ".mts", ".cjs", ".cts"];
const EXPORT = /^(.+?)(?:#([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/u;

/** A module's file and export. */
export interface ModulePlace {
  readonly file: string;
  /** Name of the export; undefined where the word does not name one. */
  readonly exportName: string | undefined;
}

export function isModuleWord(word: string): boolean {
  const { file } = split(word);
  return /[\\/]/.test(file) || MODULE.test(file);
}

/**
 * Returns the file and export that the word names.
 * @param folder folder that the word is relative to
 * @throws UsageError for a file URL that names no file
 */
export function placeOf(word: string, folder: string): ModulePlace {
  const { file, exportName } = split(word);
  if (!file.startsWith("file:")) return { file: resolve(folder, file), exportName };
  try {
    return { file: fileURLToPath(file), exportName };
  } catch (cause) {
    throw new UsageError(
      `${word}: word expected a file URL with every % written as %25, got ${(cause as Error).message}. Give the path without file:// instead.`,
      { cause },
    );
  }
}

/** Returns the word with the ending of a file that is there: "./maze.mjs#Maze" for "maze#Maze"; undefined when none is. */
export function withEnding(word: string, folder: string): string | undefined {
  if (word === "" || word.startsWith("file:")) return undefined;
  const { file, exportName } = split(word);
  const ending = ENDINGS.find((each) => existsSync(resolve(folder, file + each)));
  if (ending === undefined) return undefined;
  return seenFrom(`${file}${ending}${exportName === undefined ? "" : `#${exportName}`}`, folder, process.cwd());
}

/** Returns a name for titles and folders: "my-agent", "maze#Maze". The name of a registered entry is the word itself. */
export function nameOf(word: string): string {
  if (!isModuleWord(word)) return word;
  const { file, exportName } = split(word);
  const name = basename(file.replaceAll("\\", "/"));
  return `${basename(name, extname(name))}${exportName === undefined ? "" : `#${exportName}`}`;
}

/** Returns the word for the same export relative to another folder: "./maze.mjs" may become "../../maze.mjs". */
export function seenFrom(word: string, folder: string, other: string): string {
  if (!isModuleWord(word)) return word;
  const { file, exportName } = placeOf(word, folder);
  const path = relative(other, file).replaceAll("\\", "/");
  const shown = path.startsWith("../") || isAbsolute(path) ? path : `./${path}`;
  return `${shown}${exportName === undefined ? "" : `#${exportName}`}`;
}

function split(word: string): ModulePlace {
  const [, file, exportName] = EXPORT.exec(word) ?? [word, word];
  return { file, exportName };
}
