// Which folder a run gets, and what is said of one that is taken.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL, temporaryFolder } from "./run-cli.ts";

const CART_POLE = ["train", "dqn", "CartPole-v1", ...SMALL];

describe("a folder that holds a run", () => {
  test("is refused, unless forced, and a finished run has nothing to resume", async () => {
    const cwd = temporaryFolder();
    const words = [...CART_POLE, "--steps", "150", "--out", "run", "--quiet"];
    const first = lastJson(await runWell([...words, "--json"], cwd));
    const refused = await run(words, cwd);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/run expected no run yet, got a finished one\. .*--out FOLDER.*--force/);
    const resumed = await runWell(["train", "--resume", "run", "--json"], cwd);
    expect(lastJson(resumed)).toEqual(first);
    expect(resumed.stderr).toContain("nothing to resume");
    const other = await run([...words, "--resume", "--seed", "5"], cwd);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("--resume: --seed expected 0 as the run was started, got 5");
    const setting = await run([...words, "--resume", "--set", "tau=0.5"], cwd);
    expect(setting.stderr).toContain("--set tau expected 1");
    expect(lastJson(await runWell([...words, "--force", "--json"], cwd)).weightsSha256).toBe(first.weightsSha256);
  });

  test("is left alone by the next run without --out, which numbers its own and ends in the same bits", async () => {
    const cwd = temporaryFolder();
    const words = [...CART_POLE, "--steps", "150", "--json", "--quiet"];
    const [first, second] = [lastJson(await runWell(words, cwd)), lastJson(await runWell(words, cwd))];
    expect(second.weightsSha256).toBe(first.weightsSha256);
    expect(readdirSync(join(cwd, "runs")).sort()).toEqual(["dqn-CartPole-v1-seed0", "dqn-CartPole-v1-seed0-2"]);
    const resumed = await runWell([...words, "--resume"], cwd);
    expect(lastJson(resumed)).toEqual(second);
  });

  test("of something else is left alone", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "notes.txt"), "mine");
    const refused = await run([...CART_POLE, "--out", cwd]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/expected an empty folder or none, got one with other files/);
    expect(readdirSync(cwd)).toEqual(["notes.txt"]);
  });
});
