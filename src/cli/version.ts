// The version of the library, from the package that this file is part of.

import { readFileSync } from "node:fs";

export function libraryVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
