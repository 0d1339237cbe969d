import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CommandLine } from "../../src/cli/command-line.ts";
import { readGivenSettings } from "../../src/cli/given-settings.ts";
import { temporaryFolder } from "./run-cli.ts";

const read = (...words: string[]) =>
  readGivenSettings(new CommandLine("train", words, { set: "list", settings: "text" }));

function file(text: string): string {
  const path = join(temporaryFolder(), "settings.json");
  writeFileSync(path, text);
  return path;
}

test("settings of a file come first, so that words go over them", async () => {
  const path = file('{ "batchSize": 8, "epsilon.to": 0.1 }');
  expect(await read("--set", "batchSize=16", "--settings", path)).toEqual([
    { path: ["batchSize"], value: 8 },
    { path: ["epsilon", "to"], value: 0.1 },
    { path: ["batchSize"], value: 16 },
  ]);
  expect(await read()).toEqual([]);
});

test.each(["[1]", "learningRate", "null", "3"])("a file of settings that holds %s is wrong input", async (text) => {
  await expect(read("--settings", file(text))).rejects.toThrow(
    /^--settings expected a JSON object, got something else/,
  );
});

test("a file of settings that is missing is wrong input", async () => {
  await expect(read("--settings", "nowhere.json")).rejects.toThrow(
    /expected a file of settings, got none at nowhere\.json/,
  );
});
