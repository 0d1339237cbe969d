// Runs with modules of the user's that have moved or changed since.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastJson, run, runWell, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, CORRIDOR, SMALL_AVERAGED, writeFiles } from "./user-files.ts";

const FILES = {
  "agent.mjs": readFileSync(AVERAGED_DQN, "utf8"),
  "env.mjs": readFileSync(CORRIDOR, "utf8"),
};

/** A folder with both files and a finished run. */
async function trained(): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, FILES);
  const words = [...SMALL_AVERAGED, "--steps", "200", "--eval-episodes", "2", "--out", "runs/one", "--quiet"];
  await runWell(["train", "./agent.mjs", "./env.mjs", ...words], cwd);
  return cwd;
}

const evaluate = (run: string, ...more: string[]): string[] => ["evaluate", run, "--episodes", "2", "--json", ...more];

describe("a run whose modules moved", () => {
  test("is found again when the folder moved with them, from any folder", async () => {
    const cwd = await trained();
    const before = lastJson(await runWell(evaluate("runs/one"), cwd));
    const other = join(temporaryFolder(), "elsewhere");
    renameSync(cwd, other);
    mkdirSync(cwd);
    const after = lastJson(await runWell(evaluate(join(other, "runs/one")), cwd));
    expect(after.returns).toEqual(before.returns);
  });

  test("finds them by their names in the current folder", async () => {
    const cwd = await trained();
    const other = temporaryFolder();
    renameSync(join(cwd, "runs/one"), join(other, "one"));
    expect(lastJson(await runWell(evaluate(join(other, "one")), cwd))).toMatchObject({
      algorithm: "agent",
      env: "env",
    });
  });

  test("says which file is missing and how to name it", async () => {
    const cwd = await trained();
    mkdirSync(join(cwd, "lib"));
    renameSync(join(cwd, "env.mjs"), join(cwd, "lib/env.mjs"));
    const { code, stderr } = await run(evaluate("runs/one"), cwd);
    expect(stderr).toBe(
      "bellwether: runs/one: environment expected the file env.mjs, as the run was started, got nothing there. Put it back, or add --env FILE.\n",
    );
    expect(code).toBe(2);
    expect(lastJson(await runWell(evaluate("runs/one", "--env", "lib/env.mjs"), cwd))).toMatchObject({ env: "env" });

    renameSync(join(cwd, "agent.mjs"), join(cwd, "lib/agent.mjs"));
    const named = ["--env", "lib/env.mjs"];
    expect((await run(evaluate("runs/one", ...named), cwd)).stderr).toMatch(
      /Put it back, or add --algorithm FILE\.\n$/,
    );
    await runWell(evaluate("runs/one", ...named, "--algorithm", "lib/agent.mjs"), cwd);

    rmSync(join(cwd, "runs/one/result.json"));
    const resumed = await run(["train", "--resume", "runs/one"], cwd);
    expect(resumed.stderr).toMatch(/or say where they are: bellwether train ALGORITHM ENV --resume runs\/one\.\n$/);
    await runWell(["train", "lib/agent.mjs", "lib/env.mjs", "--resume", "runs/one", "--quiet"], cwd);
    // The folder remembers where they are now.
    await runWell(evaluate("runs/one"), cwd);
  });
});

describe("a run whose modules were renamed", () => {
  test("goes on with the files given in their place, unless they do not fit (regression: other names were refused)", async () => {
    const cwd = await trained();
    rmSync(join(cwd, "runs/one/result.json"));
    const kept = await run(["train", "./other.mjs", "./env.mjs", "--resume", "runs/one"], cwd);
    expect([kept.code, kept.stderr]).toEqual([
      2,
      "bellwether: ./other.mjs: file expected a module, got nothing there. Check the path.\n",
    ]);
    renameSync(join(cwd, "agent.mjs"), join(cwd, "mine.mjs"));
    renameSync(join(cwd, "env.mjs"), join(cwd, "maze.mjs"));
    const other = FILES["agent.mjs"].replaceAll('"averaged-dqn"', '"another"');
    writeFiles(cwd, { "another.mjs": other });
    const wrong = await run(["train", "./another.mjs", "./maze.mjs", "--resume", "runs/one"], cwd);
    expect(wrong.stderr).toMatch(/^bellwether: runs\/one\/checkpoint\.safetensors: .*"another"[^\n]*\n$/);
    expect(wrong.code).toBe(2);
    await runWell(["train", "./mine.mjs", "./maze.mjs", "--resume", "runs/one", "--quiet"], cwd);
    expect(lastJson(await runWell(evaluate("runs/one"), cwd))).toMatchObject({ algorithm: "mine", env: "maze" });
  });

  test("keeps a module that is still there", async () => {
    const cwd = await trained();
    rmSync(join(cwd, "runs/one/result.json"));
    writeFiles(cwd, { "maze.mjs": FILES["env.mjs"] });
    const { code, stderr } = await run(["train", "./agent.mjs", "./maze.mjs", "--resume", "runs/one"], cwd);
    expect(stderr).toMatch(
      /^bellwether: --resume: env expected "\.\/env\.mjs" as the run was started, got "\.\/maze\.mjs"\./,
    );
    expect(code).toBe(2);
  });
});

describe("a run whose modules changed", () => {
  test("says so where it is scored, and where it goes on", async () => {
    const cwd = await trained();
    writeFileSync(join(cwd, "env.mjs"), `${FILES["env.mjs"]}\n// Changed.\n`);
    const { stderr } = await runWell(evaluate("runs/one"), cwd);
    expect(stderr).toBe("./env.mjs has changed since the run was started.\n");
    rmSync(join(cwd, "runs/one/result.json"));
    const { stdout } = await runWell(["train", "--resume", "runs/one"], cwd);
    expect(stdout).toMatch(/^\.\/env\.mjs has changed since the run was started: it may not go on bit for bit\.$/m);
  });

  test("is drawn without them", async () => {
    const cwd = await trained();
    rmSync(join(cwd, "env.mjs"));
    const { stderr, stdout } = await runWell(["plot", "runs/one", "--out", "-"], cwd);
    expect(stderr).toBe(
      "./env.mjs: file expected a module, got nothing there. Check the path. The curve is without a threshold.\n",
    );
    expect(stdout).toContain("<svg");
    expect(stdout).not.toContain("solved:");
  });
});
