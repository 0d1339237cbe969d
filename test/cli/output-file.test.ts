import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeOutput } from "../../src/cli/output-file.ts";
import { temporaryFolder } from "./run-cli.ts";

test("a file holds the text or the bytes", async () => {
  const file = join(temporaryFolder(), "out");
  await writeOutput(file, "text");
  expect(readFileSync(file, "utf8")).toBe("text");
  await writeOutput(file, Uint8Array.of(1, 2));
  expect([...readFileSync(file)]).toEqual([1, 2]);
});

test("a place that cannot be written is wrong input", async () => {
  const file = join(temporaryFolder(), "no/such/folder/out");
  await expect(writeOutput(file, "text")).rejects.toThrow(
    /out expected to be writable, got ENOENT.*Choose another file\.$/,
  );
});
