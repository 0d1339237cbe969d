// Reads the settings of `bellwether train`: the file of --settings and the words of --set.

import { readFile } from "node:fs/promises";
import type { CommandLine } from "./command-line.ts";
import { type Assignment, readAssignments, type Settings, settingsAssignments } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** Returns the settings of the file, then those of the words. Later ones win, so a word overrides the file. */
export async function readGivenSettings(line: CommandLine): Promise<Assignment[]> {
  const words = readAssignments("--set", line.list("set"));
  const path = line.text("settings");
  if (path === undefined) return words;
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new UsageError(`--settings expected a file of settings, got none at ${path}. Check the path.`, { cause });
  });
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    settings = undefined;
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new UsageError(`--settings expected a JSON object, got something else in ${path}. For example best.json.`);
  }
  return [...settingsAssignments("--settings", settings as Settings), ...words];
}
