// Writes a file whose path the user gave.

import { writeFile } from "node:fs/promises";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError when the file cannot be written */
export async function writeOutput(file: string, contents: string | Uint8Array): Promise<void> {
  await writeFile(file, contents).catch((cause: Error) => {
    throw new UsageError(`${file} expected to be writable, got ${cause.message}. Choose another file.`, { cause });
  });
}
