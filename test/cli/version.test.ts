import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { libraryVersion } from "../../src/cli/version.ts";

test("the version is that of the package", () => {
  expect(libraryVersion()).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});
