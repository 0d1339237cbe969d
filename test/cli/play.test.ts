// What is made of a finished run: scores, frames, animations, curves.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL } from "./run-cli.ts";

let cwd = "";
const train = (out: string, ...words: string[]) =>
  runWell(["train", "dqn", "CartPole-v1", ...SMALL, "--steps", "500", "--out", out, "--quiet", ...words], cwd);

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
  await train("run", "--eval-every", "200", "--eval-episodes", "3");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Every tag is closed in order. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, selfClosed] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else if (!selfClosed) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
}

describe("evaluate", () => {
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
});

describe("play", () => {
  test("prints every frame where there is no terminal", async () => {
    const { stdout } = await runWell(["play", "run", "--episodes", "2"], cwd);
    const headings = stdout.match(/^dqn on CartPole-v1 {3}episode \d of 2 {3}step \d+ .*$/gm) ?? [];
    expect(headings.length).toBeGreaterThan(15);
    expect(new Set(headings).size).toBe(headings.length);
    const pictures = stdout.split(/^dqn on .*$/m).slice(1);
    expect(new Set(pictures).size).toBeGreaterThan(5);
    expect(stdout).toMatch(/2 episodes, mean return [\d.]+\n$/);
  });

  test("writes an animation whose frames differ", async () => {
    const { stdout } = await runWell(["play", "run", "--svg", "play.svg", "--fps", "20"], cwd);
    expect(stdout).toMatch(/^play\.svg: \d+ frames, [\d.]+ KiB; return \d+\n$/);
    const svg = readFileSync(join(cwd, "play.svg"), "utf8");
    expectWellFormed(svg);
    const frames = [...svg.matchAll(/<svg x="\d+"[^>]*>(.*)<\/svg>/g)].map((match) => match[1]);
    expect(frames.length).toBeGreaterThan(5);
    expect(new Set(frames).size).toBe(frames.length);
    expect(svg).toContain("dqn on CartPole-v1, seed 10000");
  });

  test("says when a file cannot be written", async () => {
    const { code, stderr } = await run(["play", "run", "--svg", "no/such/folder/play.svg"], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bellwether: no\/such\/folder\/play\.svg expected to be writable[^\n]+\n$/);
  });
});

describe("plot", () => {
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
});
