// The common part of `compare` and `tune`: their options, reading the specification, and data for the reports.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Comparison, overrideSpec, readSpec, type Tuning } from "../experiments/experiment-spec.ts";
import type { ReportContext } from "../experiments/report-parts.ts";
import type { RunOutcome } from "../experiments/run-result.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import { findEnvironment } from "./environments.ts";
import { ExperimentFolder } from "./experiment-folder.ts";
import { isModuleWord } from "./module-word.ts";
import { readSpecFile, shippedSpecs } from "./spec-file.ts";
import { quoted } from "./training-report.ts";
import { asUsage, UsageError } from "./usage-error.ts";

export const EXPERIMENT_OPTIONS: OptionKinds = {
  out: "text",
  jobs: "text",
  steps: "text",
  seeds: "text",
  "report-only": "flag",
  list: "flag",
  print: "flag",
  json: "flag",
  quiet: "flag",
};

/** The words of `compare` or `tune`, read and checked. */
export interface ExperimentRequest<Spec> {
  readonly spec: Spec;
  readonly folder: ExperimentFolder;
  /** Folder of the specification. Paths of the user's modules are relative to this folder. */
  readonly specFolder: string;
  /** Number of runs at a time. */
  readonly jobs: number;
  readonly isReportOnly: boolean;
  /** Warnings for the user, printed before the first run. */
  readonly notes: readonly string[];
  /** The command that repeats the experiment, for the report. */
  readonly command: string;
}

/**
 * Reads the words of `compare` or `tune`. With --list or --print, it prints what was asked for.
 * @returns the request; undefined after --list or --print
 * @throws UsageError for wrong words, a wrong specification or a wrong folder; nothing is written in this case
 */
export async function readRequest<Kind extends "comparison" | "tuning">(
  line: CommandLine,
  command: "compare" | "tune",
  kind: Kind,
): Promise<ExperimentRequest<Extract<Comparison | Tuning, { kind: Kind }>> | undefined> {
  if (line.has("list")) {
    line.requirePositionals(0, 0, "");
    await printList(kind);
    return undefined;
  }
  line.requirePositionals(1, 1, "<spec>");
  const [word] = line.positionals;
  const file = await readSpecFile(word);
  if (line.has("print")) {
    process.stdout.write(file.text);
    return undefined;
  }
  const seeds = readSeeds(line);
  const steps = line.count("steps", 1);
  const spec = asUsage(() => readSpec(file.where, overrideSpec(file.json, file.where, steps, seeds)));
  if (spec.kind !== kind) {
    const other = command === "compare" ? "tune" : "compare";
    throw new UsageError(
      `${word} expected a specification for ${command}, got one for ${other}. Use bellwether ${other}.`,
    );
  }
  const folder = new ExperimentFolder(line.text("out") ?? join("experiments", spec.name));
  await folder.requireOwn(spec.name);
  const changes = [
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
    ...(seeds === undefined ? [] : [`--seeds ${Array.isArray(seeds) ? seeds.join(",") : seeds}`]),
  ];
  return {
    spec: spec as Extract<Comparison | Tuning, { kind: Kind }>,
    folder,
    specFolder: file.folder,
    notes: await checkEnvironments(spec, file.folder),
    jobs: line.count("jobs", 1) ?? availableParallelism(),
    isReportOnly: line.has("report-only"),
    command: ["bellwether", command, quoted(word), ...changes].join(" "),
  };
}

/** Reads --seeds: "5" is a count of seeds, "0,3,7" or "3," is a list of seeds. */
function readSeeds(line: CommandLine): number | number[] | undefined {
  const text = line.text("seeds");
  if (text === undefined || !text.includes(",")) return line.count("seeds", 1);
  const seeds = text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (seeds.length > 0 && seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)) return seeds;
  throw line.wrong(`--seeds expected a count or whole numbers with commas, got ${JSON.stringify(text)}`);
}

async function printList(kind: "comparison" | "tuning"): Promise<void> {
  const names = await shippedSpecs();
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const { where, json } = await readSpecFile(name);
    const spec = readSpec(where, json);
    if (spec.kind === kind) process.stdout.write(`${name.padEnd(width)}  ${spec.question}\n`);
  }
}

/**
 * Checks the user's environments.
 * @returns warnings
 * @throws UsageError for an environment that breaks the contract, or a module that exports one finished environment
 */
async function checkEnvironments({ environments, name }: Comparison | Tuning, specFolder: string): Promise<string[]> {
  const notes: string[] = [];
  for (const environment of environments) {
    if (!isModuleWord(environment.id)) continue;
    const source = await findEnvironment(environment, specFolder);
    if (source.isSingle && source.module !== undefined) {
      throw source.module.wrong(
        `${name} expected environments to train and to evaluate in, got the only one that the file exports. Export a class or function that makes them.`,
      );
    }
    notes.push(...(await source.check()));
  }
  return notes;
}

export async function reportContext(
  { command, spec, specFolder }: ExperimentRequest<Comparison | Tuning>,
  sessions: ReportContext["sessions"],
): Promise<ReportContext> {
  const thresholds: Record<string, number> = {};
  for (const environment of spec.environments) {
    const env = await (await findEnvironment(environment, specFolder)).make();
    const threshold = env.spec?.rewardThreshold;
    if (threshold !== undefined) thresholds[environment.id] = threshold;
    env.close?.();
  }
  return { command, sessions, thresholds };
}

/** Returns the failed runs, for --json. */
export function failures(outcomes: readonly RunOutcome[]): object[] {
  return outcomes.flatMap(({ run, error }) =>
    error === undefined ? [] : [{ env: run.environment.id, arm: run.arm.name, seed: run.seed, error }],
  );
}
