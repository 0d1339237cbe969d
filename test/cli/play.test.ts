import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, runWell, SMALL } from "./run-cli.ts";
import { expectWellFormed } from "./well-formed-svg.ts";

let cwd = "";
const train = (out: string, ...words: string[]) =>
  runWell(["train", "dqn", "CartPole-v1", ...SMALL, "--steps", "500", "--out", out, "--quiet", ...words], cwd);

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
  await train("run", "--eval-every", "200", "--eval-episodes", "3");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

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
