import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runWell, SMALL } from "./run-cli.ts";
import { expectWellFormed } from "./well-formed-svg.ts";

let cwd = "";
const train = (out: string, ...words: string[]) =>
  runWell(["train", "dqn", "CartPole-v1", ...SMALL, "--steps", "500", "--out", out, "--quiet", ...words], cwd);

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
  await train("run", "--eval-every", "200", "--eval-episodes", "3");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("draws one run with its evaluations and the threshold", async () => {
  await runWell(["plot", "run", "--out", "one.svg"], cwd);
  const svg = readFileSync(join(cwd, "one.svg"), "utf8");
  expectWellFormed(svg);
  expect(svg).toContain("greedy evaluations");
  expect(svg).toContain("solved: 475");
});

test("draws seeds as mean and band, other settings as another line", async () => {
  await train("seed1", "--seed", "1");
  await train("seed2", "--seed", "2");
  await train("slow", "--set", "learningRate=0.00001");
  const { stdout } = await runWell(["plot", "run", "seed1", "seed2", "slow", "--out", "-"], cwd);
  expectWellFormed(stdout);
  expect(stdout).toContain("(3 seeds, mean and range)");
  expect(stdout).toContain("learningRate 0.00001");
  expect(stdout.match(/fill-opacity/g)).toHaveLength(1);
});
