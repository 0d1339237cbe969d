// Words that name a module of the user's rather than an entry of a registry: "./my-agent.mjs", "../maze.ts#Maze",
// "file:///work/maze.js". Where such a word is kept in a file, it is relative to that file's folder.

import { basename, extname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const MODULE = /\.[cm]?[jt]sx?$/;
const EXPORT = /^(.+?)(?:#([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/u;

/** A module's file and the export that is meant; undefined where the word leaves it open. */
export interface ModulePlace {
  readonly file: string;
  readonly exportName: string | undefined;
}

export function isModuleWord(word: string): boolean {
  const { file } = split(word);
  return /[\\/]/.test(file) || MODULE.test(file);
}

/** @param folder that the word is relative to */
export function placeOf(word: string, folder: string): ModulePlace {
  const { file, exportName } = split(word);
  return { file: file.startsWith("file:") ? fileURLToPath(file) : resolve(folder, file), exportName };
}

/** A name for titles and folders: "my-agent", "maze#Maze"; of a registry's entry the word itself. */
export function nameOf(word: string): string {
  if (!isModuleWord(word)) return word;
  const { file, exportName } = split(word);
  const name = basename(file.replaceAll("\\", "/"));
  return `${basename(name, extname(name))}${exportName === undefined ? "" : `#${exportName}`}`;
}

/** The word for the same export as seen from another folder: "./maze.mjs" as "../../maze.mjs". */
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
