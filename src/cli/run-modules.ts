// Finds the user's modules that a run was started with: first at their paths relative to the run's folder, then by file name
// in the current folder.

import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Algorithm } from "./algorithm.ts";
import { findAlgorithm } from "./algorithms.ts";
import type { EnvChoice, EnvironmentSource } from "./environment-source.ts";
import { findEnvironment } from "./environments.ts";
import { isModuleWord, placeOf, seenFrom } from "./module-word.ts";
import { type RunConfig, type RunFolder, shownPath } from "./run-folder.ts";
import { UsageError } from "./usage-error.ts";
import type { UserModule } from "./user-module.ts";

/** @throws UsageError when the module is gone, or no longer exports the class */
export async function runAlgorithm(folder: RunFolder, config: RunConfig, advice: string): Promise<Algorithm> {
  return findAlgorithm(locate(folder, config.algorithm, "algorithm", advice), folder.path);
}

/**
 * @param options options of the environment, in place of those in the run's configuration
 * @throws UsageError when the module is gone, or no longer exports the environment
 */
export async function runEnvironment(
  folder: RunFolder,
  config: RunConfig,
  options: EnvChoice["options"],
  advice: string,
): Promise<EnvironmentSource> {
  return findEnvironment({ id: locate(folder, config.env.id, "environment", advice), options }, folder.path);
}

function locate(folder: RunFolder, word: string, what: string, advice: string): string {
  if (!isModuleWord(word)) return word;
  const { file, exportName } = placeOf(word, folder.path);
  if (existsSync(file)) return word;
  const here = `./${basename(file)}${exportName === undefined ? "" : `#${exportName}`}`;
  if (existsSync(basename(file))) return seenFrom(here, process.cwd(), folder.path);
  throw new UsageError(
    `${shownPath(folder.path)}: ${what} expected the file ${shownPath(file)}, as the run was started, got nothing there. Put it back, or ${advice}.`,
  );
}

/**
 * Returns the SHA-256 of the user's modules, in the form of config.json.
 * @param words the modules by their paths relative to the run's folder; undefined for an entry of a registry
 */
export function fingerprints(words: Readonly<Record<string, UserModule | undefined>>): Pick<RunConfig, "files"> {
  const files = Object.entries(words).flatMap(([word, module]) =>
    module === undefined ? [] : [[word, module.sha256]],
  );
  return files.length === 0 ? {} : { files: Object.fromEntries(files) };
}

/** Returns a note for each module that has changed since the run was started. */
export function changes(config: RunConfig, algorithm?: UserModule, environment?: UserModule): string[] {
  const pairs = [
    [config.algorithm, algorithm],
    [config.env.id, environment],
  ] as const;
  return pairs.flatMap(([word, module]) =>
    module === undefined || config.files?.[word] === module.sha256
      ? []
      : [`${module.shown} has changed since the run was started.`],
  );
}
