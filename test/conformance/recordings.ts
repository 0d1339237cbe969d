// Where recorded results of other people's code are read from: the folder named by BELLWETHER_CONFORMANCE, else ./data;
// what ./record writes is always read from ./data.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN_FOLDER = fileURLToPath(new URL("./data", import.meta.url));
const FOLDER = process.env.BELLWETHER_CONFORMANCE ?? OWN_FOLDER;

/** The parsed contents of a recording that a script of ./record wrote. */
export function readOwnRecording<T>(name: string): T {
  return JSON.parse(readFileSync(join(OWN_FOLDER, name), "utf8")) as T;
}

/**
 * The parsed contents of a recording.
 * @param name file name, for example "gymnasium-trajectories.json"
 * @throws Error when the folder has no such file
 */
export function readRecording<T>(name: string): T {
  const path = join(FOLDER, name);
  if (!existsSync(path)) {
    throw new Error(
      `readRecording: name expected a file in ${FOLDER}, got ${name}. Set BELLWETHER_CONFORMANCE to the folder of recordings.`,
    );
  }
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
