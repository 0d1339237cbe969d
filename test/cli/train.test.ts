// Whole runs: their result, their folder, and that the same words end in the same bits.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastJson, runWell, SMALL, temporaryFolder } from "./run-cli.ts";
import { bytesOf, logOf } from "./same-run.ts";

const CART_POLE = ["train", "dqn", "CartPole-v1", ...SMALL];
const EVALUATED = ["--eval-every", "200", "--eval-episodes", "3"];

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
});
