// Whole runs: their result, their folder, and that a run which was killed or interrupted ends in the same bits.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL, start, temporaryFolder, waitForFile } from "./run-cli.ts";

const CART_POLE = ["train", "dqn", "CartPole-v1", ...SMALL];
const EVALUATED = ["--eval-every", "200", "--eval-episodes", "3"];

/** The log without the clock. */
function logOf(folder: string): unknown[] {
  const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
}

const bytesOf = (folder: string, name: string): Buffer => readFileSync(join(folder, name));
const csvRows = (folder: string): string[] =>
  bytesOf(folder, "log.csv")
    .toString()
    .split("\n")
    .map((row) => row.replace(/^(\d+),[\d.]+/, "$1"));

/** Everything but times. */
function expectSameRun(folder: string, other: string): void {
  expect(logOf(folder)).toEqual(logOf(other));
  expect(csvRows(folder)).toEqual(csvRows(other));
  expect(bytesOf(folder, "best.safetensors").equals(bytesOf(other, "best.safetensors"))).toBe(true);
  expect(bytesOf(folder, "checkpoint.safetensors").equals(bytesOf(other, "checkpoint.safetensors"))).toBe(true);
  expect(bytesOf(folder, "curve.svg").equals(bytesOf(other, "curve.svg"))).toBe(true);
  const timeless = (where: string) => {
    const { seconds: _, folder: __, ...result } = JSON.parse(bytesOf(where, "result.json").toString());
    return result;
  };
  expect(timeless(folder)).toEqual(timeless(other));
}

describe("a run", () => {
  test("ends in one line of JSON, human words on stderr, and a folder that holds everything", async () => {
    const cwd = temporaryFolder();
    const outcome = await runWell([...CART_POLE, "--steps", "600", ...EVALUATED, "--json"], cwd);
    expect(outcome.stdout.trimEnd().split("\n")).toHaveLength(1);
    const result = lastJson(outcome) as unknown as Record<string, unknown>;
    const score = { mean: expect.any(Number), std: expect.any(Number), min: expect.any(Number), episodes: 100 };
    expect(result).toMatchObject({
      algorithm: "dqn",
      env: "CartPole-v1",
      seed: 0,
      envSteps: 600,
      updates: expect.any(Number),
      seconds: expect.any(Number),
      evaluation: score,
      policy: "kept",
      weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      final: { ...score, step: 600 },
      kept: score,
      evaluationEnvSteps: expect.any(Number),
    });
    expect(result.updates).toBeGreaterThan(400);
    expect(result.evaluation).toMatchObject({ mean: (result.kept as { mean: number }).mean });
    expect(outcome.stderr).toContain("Training dqn on CartPole-v1, seed 0 to 600 steps.");
    expect(outcome.stderr).toContain("600 / 600 (100 %)");
    expect(outcome.stderr).toContain("best.safetensors, the result");

    const folder = join(cwd, "runs/dqn-CartPole-v1-seed0");
    expect(
      readdirSync(folder)
        .map((name) => name.replace(/\d+/, "N"))
        .sort(),
    ).toEqual([
      "best.safetensors",
      "checkpoint.safetensors",
      "config.json",
      "curve.svg",
      "events.out.tfevents.N.bellwether",
      "log.csv",
      "log.jsonl",
      "result.json",
      "run-state.json",
    ]);
    expect(JSON.parse(bytesOf(folder, "result.json").toString())).toEqual(result);
    const config = JSON.parse(bytesOf(folder, "config.json").toString());
    expect(config).toMatchObject({ algorithm: "dqn", steps: 600, backend: "wasm", engine: "strict" });
    // --steps scales schedules, and a dotted key leaves the rest of the preset's network as it is.
    expect(config.settings).toMatchObject({ totalSteps: 600, network: { hidden: [16], activation: "relu" } });
  });

  test("with the same words ends in the same weights, another seed in others", async () => {
    const cwd = temporaryFolder();
    const hashOf = async (out: string, seed: string) =>
      lastJson(await runWell([...CART_POLE, "--steps", "400", "--seed", seed, "--json", "--quiet", "--out", out], cwd))
        .weightsSha256;
    const [first, second, other] = [await hashOf("a", "3"), await hashOf("b", "3"), await hashOf("c", "4")];
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test("is the same whether it is evaluated on the way or not, and with checkpoints or without", async () => {
    const cwd = temporaryFolder();
    const words = [...CART_POLE, "--steps", "400", "--json", "--quiet"];
    const watched = lastJson(await runWell([...words, ...EVALUATED, "--checkpoint-every", "100", "--out", "a"], cwd));
    const alone = lastJson(await runWell([...words, "--eval-every", "0", "--out", "b"], cwd));
    expect(alone.weightsSha256).toBe(watched.weightsSha256);
    expect(alone).toMatchObject({ policy: "final", kept: null, evaluationEnvSteps: 0 });
    expect(alone.evaluation).toMatchObject({ mean: (watched.final as { mean: number }).mean });
  });

  test("keeps an explicit totalSteps, takes dotted keys into a preset's schedule", async () => {
    const cwd = temporaryFolder();
    const words = ["--steps", "200", "--set", "totalSteps=9000", "--set", "epsilon.to=0.2", "--quiet"];
    await runWell([...CART_POLE, ...words, "--out", "run"], cwd);
    const { settings, steps } = JSON.parse(bytesOf(join(cwd, "run"), "config.json").toString());
    expect(steps).toBe(200);
    expect(settings).toMatchObject({ totalSteps: 9000, epsilon: { type: "linear", from: 1, to: 0.2, fraction: 0.2 } });
  });

  test("of a table trains too, where no step limit ends a greedy circle", async () => {
    const cwd = temporaryFolder();
    const words = ["train", "q-learning", "CliffWalking-v1", "--steps", "3000", "--eval-episodes", "2", "--json"];
    const result = lastJson(await runWell(words, cwd));
    expect(result).toMatchObject({ algorithm: "q-learning", envSteps: 3000 });
  });
});

describe("a run of several environments", () => {
  const words = ["train", "pqn", "CartPole-v1", "--set", "network.hidden=[16]", "--steps", "2050", "--json"];

  test("makes as many as preset or setting say, evaluates at or past each multiple, and ends with whole steps", async () => {
    const cwd = temporaryFolder();
    const result = lastJson(await runWell([...words, "--set", "environments=8", ...EVALUATED, "--out", "run"], cwd));
    // 257 steps of 8.
    expect(result).toMatchObject({ envSteps: 2056, final: { step: 2056 } });
    const log = logOf(join(cwd, "run")) as { step: number; values?: object }[];
    const evaluated = log.filter((record) => JSON.stringify(record).includes("eval/mean")).map(({ step }) => step);
    expect(evaluated).toEqual([200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2056]);
    const { settings } = JSON.parse(bytesOf(join(cwd, "run"), "config.json").toString());
    expect(settings).toMatchObject({ environments: 8, network: { hidden: [16], layerNorm: true } });
    const preset = await runWell([...words, "--eval-every", "0", "--out", "preset"], cwd);
    expect(lastJson(preset).envSteps).toBe(2052);
    const kept = lastJson(await runWell(["evaluate", "run", "--json", "--episodes", "5"], cwd));
    const final = lastJson(await runWell(["evaluate", "run", "--json", "--which", "final"], cwd));
    expect([kept.which, final.which]).toEqual(["kept", "final"]);
    expect(final.mean).toBe((result.final as { mean: number }).mean);
  });

  test("goes on after a kill and ends in the bits of an uninterrupted one", async () => {
    const cwd = temporaryFolder();
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
});

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

  test("what is not there yet starts it when the words say what", async () => {
    const cwd = temporaryFolder();
    const outcome = await runWell([...CART_POLE, "--steps", "150", "--resume"], cwd);
    expect(outcome.stdout).toContain("There is nothing to resume yet");
  });

  test("a damaged checkpoint is one line and exit code 2", async () => {
    const cwd = temporaryFolder();
    await runWell([...CART_POLE, "--steps", "150", "--out", "run", "--quiet"], cwd);
    const { unlinkSync } = await import("node:fs");
    unlinkSync(join(cwd, "run/result.json"));
    const bytes = bytesOf(join(cwd, "run"), "checkpoint.safetensors");
    writeFileSync(join(cwd, "run/checkpoint.safetensors"), bytes.subarray(0, bytes.length >> 1));
    const outcome = await run(["train", "--resume", "run"], cwd);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/^bellwether: [^\n]+\n$/);
  });
});
