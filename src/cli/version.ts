// Reads the version of the library from its package.json.

import { readFileSync } from "node:fs";

export function libraryVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
