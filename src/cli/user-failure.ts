// Finds the place in the user's files that caused an error: the first place in the stack outside the runtime and the library.

import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { show } from "../errors.ts";

/** Folder of the library: dist/, or src/ when the sources run directly. */
const LIBRARY = fileURLToPath(new URL("..", import.meta.url));
const INSTALLED = `${sep}node_modules${sep}bellwether${sep}`;
const PLACE = /(?<=^|[\s(])(file:\/\/[^\s()]+?|(?:[A-Za-z]:)?[\\/][^\s():'"]+?):(\d+)(?::\d+)?\b/gm;

export interface UserPlace {
  readonly file: string;
  readonly line: number;
}

/** Returns the place in the user's files where the error arose; undefined when it arose elsewhere, or is not known. */
export function userPlace(error: unknown): UserPlace | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const [, written, line] of stack.matchAll(PLACE)) {
    const file = pathOf(written);
    if (file === undefined || file.startsWith(LIBRARY) || file.includes(INSTALLED)) continue;
    return { file, line: Number(line) };
  }
  return undefined;
}

/**
 * Returns the error as one line that begins with the module's name.
 * @param shown the module as the user wrote it
 * @param file the module's path
 * @param place where the error arose, if that is known
 */
export function failureText(shown: string, file: string, error: unknown, place: UserPlace | undefined): string {
  const text = messageOf(error);
  if (place === undefined) return `${shown}: ${text}`;
  if (place.file === file) return `${shown}:${place.line}: ${text}`;
  return `${shown}: ${text} (${relative(process.cwd(), place.file)}:${place.line})`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error))
    return `the file threw ${typeof error === "string" ? JSON.stringify(error) : show(error)} instead of an Error`;
  const message = error.message.replace(/\s*\n\s*/g, " ");
  if (message === "") return error.name;
  return error instanceof SyntaxError ? `${error.name}: ${message}` : message;
}

function pathOf(written: string): string | undefined {
  try {
    return written.startsWith("file:") ? fileURLToPath(written) : written;
  } catch {
    return undefined;
  }
}
