// Runs that were killed or interrupted: each ends in the bits of an undisturbed one.

import { cpSync, existsSync, readdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL, start, temporaryFolder, waitForFile } from "./run-cli.ts";
import { bytesOf, expectSameRun } from "./same-run.ts";
import { CORRIDOR } from "./user-files.ts";

const CART_POLE = ["train", "dqn", "CartPole-v1", ...SMALL];
const EVALUATED = ["--eval-every", "200", "--eval-episodes", "3"];

describe("resuming", () => {
  // Long enough that a run is still going when the signal comes, however slow the test and fast the machine.
  const words = [...CART_POLE, "--steps", "12000", "--eval-every", "1000", "--eval-episodes", "5", "--json"];

  test("after kills at any time ends in the bits of an uninterrupted run", async () => {
    const cwd = temporaryFolder();
    const whole = lastJson(await runWell([...words, "--checkpoint-every", "400", "--out", "whole"], cwd));
    const killed = [...words, "--checkpoint-every", "400", "--out", "killed"];
    const log = join(cwd, "killed/log.csv");
    // The first dies after its first checkpoint, the second while it starts, the others somewhere on their way.
    const deaths = [
      () => waitForFile(join(cwd, "killed/checkpoint.safetensors")),
      () => sleep(20),
      () => waitForFile(log, statSync(log).size + 5000),
      () => waitForFile(log, statSync(log).size + 20_000),
    ];
    for (const [attempt, death] of deaths.entries()) {
      const running = start(attempt === 0 ? killed : ["train", "--resume", "killed", "--json"], cwd);
      await death();
      running.process.kill("SIGKILL");
      expect((await running.outcome).code).toBe(null);
    }
    // What a death in the middle of a write leaves (regression: such files stayed for good).
    writeFileSync(join(cwd, "killed/best-before.safetensors.0123abcd~"), "half of a file");
    const resumed = lastJson(await runWell([...killed, "--resume"], cwd));
    expect(resumed.weightsSha256).toBe(whole.weightsSha256);
    expectSameRun(join(cwd, "killed"), join(cwd, "whole"));
    expect(readdirSync(join(cwd, "killed")).filter((name) => name.includes("before"))).toEqual([]);
  });

  test("before the first checkpoint starts from the beginning", async () => {
    const cwd = temporaryFolder();
    const whole = lastJson(await runWell([...words, "--out", "whole"], cwd));
    const running = start([...words, "--out", "killed"], cwd);
    await waitForFile(join(cwd, "killed/log.csv"), 500);
    running.process.kill("SIGKILL");
    await running.outcome;
    expect(existsSync(join(cwd, "killed/checkpoint.safetensors"))).toBe(false);
    const resumed = await runWell(["train", "--resume", "killed", "--json"], cwd);
    expect(resumed.stderr).toContain("the run starts from the beginning");
    expect(lastJson(resumed).weightsSha256).toBe(whole.weightsSha256);
    expectSameRun(join(cwd, "killed"), join(cwd, "whole"));
  });

  test("after Ctrl-C, which writes a checkpoint and says how to go on, ends in the same bits", async () => {
    const cwd = temporaryFolder();
    const whole = lastJson(await runWell([...words, "--out", "whole"], cwd));
    const running = start([...words, "--out", "stopped"], cwd);
    await waitForFile(join(cwd, "stopped/log.csv"), 2000);
    running.process.kill("SIGINT");
    const outcome = await running.outcome;
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toMatch(
      /Stopped at step [\d,]+ of 12,000; the checkpoint is written\.\nTo go on: .* train --resume stopped\n$/,
    );
    const { interrupted, envSteps } = lastJson(outcome) as unknown as { interrupted: boolean; envSteps: number };
    expect(interrupted).toBe(true);
    expect(envSteps).toBeLessThan(12_000);
    const refused = await run([...words, "--out", "stopped"], cwd);
    expect(refused.stderr).toContain("got an unfinished one. Add --resume");
    const resumed = lastJson(await runWell(["train", "dqn", "CartPole-v1", "--resume", "stopped", "--json"], cwd));
    expect(resumed.weightsSha256).toBe(whole.weightsSha256);
    expectSameRun(join(cwd, "stopped"), join(cwd, "whole"));
  });

  test("of several environments goes on after a kill and ends in the bits of an uninterrupted one", async () => {
    const cwd = temporaryFolder();
    const words = ["train", "pqn", "CartPole-v1", "--set", "network.hidden=[16]", "--steps", "2050", "--json"];
    const own = [...words, ...EVALUATED, "--checkpoint-every", "300"];
    const whole = lastJson(await runWell([...own, "--out", "whole"], cwd));
    const running = start([...own, "--out", "killed"], cwd);
    await waitForFile(join(cwd, "killed/checkpoint.safetensors"));
    running.process.kill("SIGKILL");
    await running.outcome;
    const resumed = lastJson(await runWell(["train", "--resume", "killed", "--json"], cwd));
    expect(resumed.weightsSha256).toBe(whole.weightsSha256);
    expectSameRun(join(cwd, "killed"), join(cwd, "whole"));
  });

  test("of modules of the user's, several environments in step, ends in the same bits", async () => {
    const cwd = temporaryFolder();
    cpSync(CORRIDOR, join(cwd, "corridor.mjs"));
    const own = ["train", "pqn", "./corridor.mjs", "--set", "environments=4", "--set", "network.hidden=[8]", "--json"];
    const long = ["--steps", "12000", ...EVALUATED, "--checkpoint-every", "1000"];
    const whole = lastJson(await runWell([...own, ...long, "--out", "whole"], cwd));
    const running = start([...own, ...long, "--out", "killed"], cwd);
    await waitForFile(join(cwd, "killed/checkpoint.safetensors"));
    running.process.kill("SIGKILL");
    await running.outcome;
    const resumed = lastJson(await runWell(["train", "--resume", "killed", "--json"], cwd));
    expect(resumed.weightsSha256).toBe(whole.weightsSha256);
    expectSameRun(join(cwd, "killed"), join(cwd, "whole"));
  });

  test("what is not there yet starts it when the words say what", async () => {
    const cwd = temporaryFolder();
    const outcome = await runWell([...CART_POLE, "--steps", "150", "--resume"], cwd);
    expect(outcome.stdout).toContain("There is nothing to resume yet");
  });

  test("a damaged checkpoint is one line and exit code 2", async () => {
    const cwd = temporaryFolder();
    await runWell([...CART_POLE, "--steps", "150", "--out", "run", "--quiet"], cwd);
    unlinkSync(join(cwd, "run/result.json"));
    const bytes = bytesOf(join(cwd, "run"), "checkpoint.safetensors");
    writeFileSync(join(cwd, "run/checkpoint.safetensors"), bytes.subarray(0, bytes.length >> 1));
    const outcome = await run(["train", "--resume", "run"], cwd);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/^bellwether: run\/checkpoint\.safetensors: [^\n]+\n$/);
  });
});
