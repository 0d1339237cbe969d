import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL } from "./run-cli.ts";

let cwd = "";
const train = (out: string, ...words: string[]) =>
  runWell(["train", "dqn", "CartPole-v1", ...SMALL, "--steps", "500", "--out", out, "--quiet", ...words], cwd);

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
  await train("run", "--eval-every", "200", "--eval-episodes", "3");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("scores the kept policy as the run's result does, and any number of episodes", async () => {
  const result = JSON.parse(readFileSync(join(cwd, "run/result.json"), "utf8"));
  const kept = lastJson(await runWell(["evaluate", "run", "--json"], cwd));
  expect(kept).toMatchObject({ which: "kept", mean: result.kept.mean, std: result.kept.std, episodes: 100 });
  const final = lastJson(await runWell(["evaluate", "run", "--which", "final", "--json"], cwd));
  expect(final).toMatchObject({ which: "final", mean: result.final.mean });
  const { stdout } = await runWell(["evaluate", "run", "--episodes", "3", "--seed", "7"], cwd);
  expect(stdout).toMatch(/3 greedy episodes, seeds 7 to 9/);
  expect(stdout).toMatch(/return [\d.]+ ± [\d.]+ +lowest \d+ +highest \d+/);
});

test("takes a file, with the environment of its folder or a named one", async () => {
  const beside = lastJson(await runWell(["evaluate", "run/best.safetensors", "--episodes", "5", "--json"], cwd));
  const named = lastJson(
    await runWell(["evaluate", "run/best.safetensors", "--env", "CartPole-v1", "--episodes", "5", "--json"], cwd),
  );
  expect(named).toEqual(beside);
  const other = await run(["evaluate", "run", "--env", "MountainCar-v0"], cwd);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/DQN\.load: observationSpace expected the saved box space/);
});
