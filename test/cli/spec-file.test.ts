import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSpecFile, shippedSpecs } from "../../src/cli/spec-file.ts";
import { temporaryFolder } from "./run-cli.ts";

test("specifications that come with the package are found by their names", async () => {
  const names = await shippedSpecs();
  expect(names).toContain("replay-stability");
  expect(names).toEqual([...names].sort());
  const { where, folder, json } = await readSpecFile("replay-stability");
  expect(where).toBe("replay-stability");
  expect(folder).toBe(join(import.meta.dirname, "../../specs"));
  expect(json).toMatchObject({ name: "replay-stability" });
});

test("a file says which folder its words are relative to", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.json"), '{ "name": "mine" }');
  expect(await readSpecFile(join(folder, "mine.json"))).toMatchObject({ folder, json: { name: "mine" } });
});

test("what is no specification is told", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "broken.json"), "{");
  await expect(readSpecFile("replay-stabilty")).rejects.toThrow(/Did you mean replay-stability\?/);
  await expect(readSpecFile("something")).rejects.toThrow(/Known: .*; or give a file, \.\/name\.json\.$/);
  await expect(readSpecFile(join(folder, "none.json"))).rejects.toThrow(/expected a specification, got nothing there/);
  await expect(readSpecFile(join(folder, "broken.json"))).rejects.toThrow(/expected JSON, got .*Correct the file\.$/);
});
