// Files as users write them: they import the package by its name, from a folder where none is installed.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** examples/own-algorithm and examples/own-environment, as they are shown to newcomers. */
export const AVERAGED_DQN: string = fileURLToPath(
  new URL("../../examples/own-algorithm/averaged-dqn.mjs", import.meta.url),
);
export const CORRIDOR: string = fileURLToPath(new URL("../../examples/own-environment/corridor.mjs", import.meta.url));

/** A small network and little warm-up, in the options of the command line. */
export const SMALL_AVERAGED: readonly string[] = [
  ...["--set", "warmupSteps=60", "--set", "network.hidden=[8]", "--set", "batchSize=8"],
  ...["--set", "targetNetworks=2", "--set", "targetIntervalUpdates=20"],
];

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
