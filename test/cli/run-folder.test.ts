import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FILES, RunFolder, shownPath } from "../../src/cli/run-folder.ts";
import { temporaryFolder } from "./run-cli.ts";

const CONFIG = {
  algorithm: "dqn",
  env: { id: "CartPole-v1", options: {} },
  seed: 0,
  steps: 10,
  settings: {},
  evaluation: { everySteps: 0, episodes: 1, seed: 1 },
  checkpointEverySteps: 10,
};

describe("a run's folder", () => {
  test("is absent, foreign, unfinished or finished, as its files say", async () => {
    const path = temporaryFolder();
    const folder = new RunFolder(join(path, "run"));
    expect(await folder.state()).toBe("absent");
    mkdirSync(folder.path);
    expect(await folder.state()).toBe("absent");
    await folder.writeText(FILES.csv, "");
    expect(await folder.state()).toBe("absent");
    await folder.writeJson(FILES.config, CONFIG);
    expect(await folder.state()).toBe("unfinished");
    await folder.writeJson(FILES.result, {});
    expect(await folder.state()).toBe("finished");
    writeFileSync(join(path, "notes.txt"), "");
    expect(await new RunFolder(path).state()).toBe("foreign");
    await expect(new RunFolder(join(path, "notes.txt")).state()).rejects.toThrow(/expected a folder, got a file/);
  });

  test("keeps what is not a run's own when it starts over", async () => {
    const folder = new RunFolder(temporaryFolder());
    for (const name of [FILES.config, FILES.best, "best.safetensors.0123abcd~", "events.out.tfevents.1.bellwether"]) {
      writeFileSync(folder.filePath(name), "");
    }
    writeFileSync(folder.filePath("notes.txt"), "");
    await folder.clear();
    expect(readdirSync(folder.path)).toEqual(["notes.txt"]);
  });

  test("loses what a death in the middle of a write left, and nothing else", async () => {
    const folder = new RunFolder(temporaryFolder());
    for (const name of ["best.safetensors.0123abcd~", "mine.0123abcd~", FILES.best]) {
      writeFileSync(folder.filePath(name), "");
    }
    await folder.removeUnfinished();
    expect(readdirSync(folder.path).sort()).toEqual([FILES.best, "mine.0123abcd~"]);
  });

  test("gives back its configuration, and refuses a damaged one", async () => {
    const folder = new RunFolder(temporaryFolder());
    expect(await folder.findConfig()).toBeUndefined();
    await expect(folder.readConfig()).rejects.toThrow(/expected a run folder, got one without config\.json/);
    await folder.writeJson(FILES.config, CONFIG);
    expect(await folder.readConfig()).toEqual(CONFIG);
    for (const damage of [{ env: null }, { seed: "0" }, { evaluation: {} }, { algorithm: 3 }]) {
      await folder.writeJson(FILES.config, { ...CONFIG, ...damage });
      await expect(folder.readConfig()).rejects.toThrow(/config\.json expected a file of a run, got a damaged one/);
    }
  });
});

test("a path is shown as short as it can be", () => {
  expect(shownPath(join(process.cwd(), "runs/one"))).toBe("runs/one");
  expect(shownPath("/elsewhere/one")).toBe("/elsewhere/one");
});
