// Runs the built command line as its users do: another process, its exit code and its two streams.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

const MAIN = join(import.meta.dirname, "../../dist/cli/main.js");

export interface Outcome {
  /** Null after a kill. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

export function start(args: readonly string[], cwd: string = process.cwd(), env: object = {}): Running {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} expected to be built, got nothing. Run npm run build.`);
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, BELLWETHER_DEBUG: "", ...env },
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    const text = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      text.stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      text.stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text }));
  });
  return { process: child, outcome };
}

/** Tries once more where a build was replacing a module just then. */
export async function run(args: readonly string[], cwd?: string): Promise<Outcome> {
  const first = await start(args, cwd).outcome;
  const isMidBuild = first.code !== 0 && /ERR_MODULE_NOT_FOUND|SyntaxError/.test(first.stderr);
  if (!isMidBuild) return first;
  await sleep(3000);
  return start(args, cwd).outcome;
}

/** @throws Error with what was printed unless the exit code is 0 */
export async function runWell(args: readonly string[], cwd?: string): Promise<Outcome> {
  const outcome = await run(args, cwd);
  if (outcome.code !== 0) throw new Error(`bellwether ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderr}`);
  return outcome;
}

/** The last line of stdout. */
export function lastJson(outcome: Outcome): Record<string, never> {
  return JSON.parse(outcome.stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** A new folder, deleted after the test (or by the caller outside of one). */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bellwether-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A small network and little warm-up: seconds become tenths. */
export const SMALL = ["--set", "warmupSteps=100", "--set", "network.hidden=[16]", "--set", "batchSize=16"] as const;

/** Waits until a file has at least so many bytes. @throws Error after 20 s */
export async function waitForFile(path: string, bytes: number = 1): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 5) {
    if (existsSync(path) && readFileSync(path).length >= bytes) return;
    await sleep(5);
  }
  throw new Error(`${path} expected to hold ${bytes} bytes within 20 s, got fewer.`);
}
