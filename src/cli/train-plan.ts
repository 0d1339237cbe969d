// Turns the words of `bellwether train` into a run: a new run in its own folder, or an earlier run that continues.

import { join } from "node:path";
import { show } from "../errors.ts";
import { createAgent } from "./agent-settings.ts";
import type { Algorithm } from "./algorithm.ts";
import { findAlgorithm } from "./algorithms.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { findEnvironment } from "./environments.ts";
import { readGivenSettings } from "./given-settings.ts";
import { findHardware } from "./hardware.ts";
import { nameOf, seenFrom } from "./module-word.ts";
import type { FinishedRun, PlannedRun } from "./planned-run.ts";
import { resumedRun } from "./resumed-run.ts";
import { RunCheckpoint } from "./run-checkpoint.ts";
import { FILES, type RunConfig, RunFolder, shownPath } from "./run-folder.ts";
import { fingerprints } from "./run-modules.ts";
import { assign, readAssignments, type Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { libraryVersion } from "./version.ts";

export const TRAIN_OPTIONS: OptionKinds = {
  steps: "text",
  seed: "text",
  preset: "text",
  settings: "text",
  set: "list",
  "env-set": "list",
  resume: "optional",
  out: "text",
  force: "flag",
  "checkpoint-every": "text",
  "eval-every": "text",
  "eval-episodes": "text",
  backend: "text",
  engine: "text",
  json: "flag",
  quiet: "flag",
};

const CHECKPOINT_EVERY_STEPS = 10_000;
const EVALUATE_EVERY_STEPS = 2000;
const EVALUATION_EPISODES = 20;
/**
 * First seed of the evaluations during training. It is far from the seeds of training (usually small numbers) and from those
 * of the reported evaluation (from 10,000).
 */
const EVALUATION_SEED = 1_000_000;

/** @throws UsageError for wrong words or a wrong folder; nothing is written in this case */
export async function planTraining(line: CommandLine): Promise<PlannedRun | FinishedRun> {
  const { names, resumeFolder } = splitPositionals(line);
  const [algorithmWord, envWord] = names;
  if (names.length === 0 && resumeFolder !== undefined) {
    const folder = new RunFolder(resumeFolder);
    const state = await folder.state();
    if (state === "absent")
      throw new UsageError(`--resume expected a run folder, got none at ${resumeFolder}. Check the path.`);
    return resumedRun(line, folder, names);
  }
  if (names.length !== 2) throw line.wrong(`expected <algorithm> <env>, got ${names.join(" ") || "nothing"}`);
  const algorithm = await findAlgorithm(algorithmWord, process.cwd());
  const envOptions = assign(readAssignments("--env-set", line.list("env-set")));
  const source = await findEnvironment({ id: envWord, options: envOptions }, process.cwd());
  const seed = line.count("seed", 0) ?? 0;
  const named = resumeFolder ?? line.text("out");
  const usual = join("runs", `${folderName(algorithmWord)}-${folderName(envWord)}-seed${seed}`);
  const isChosen = named !== undefined || line.has("force");
  const folder = isChosen ? new RunFolder(named ?? usual) : await defaultFolder(usual, line.has("resume"));
  const state = await folder.state();
  const path = shownPath(folder.path);
  if (state === "foreign" && !line.has("force")) {
    throw new UsageError(`${path} expected an empty folder or none, got one with other files. Choose another --out.`);
  }
  if (state === "finished" || state === "unfinished") {
    if (line.has("resume")) return resumedRun(line, folder, names);
    if (!line.has("force")) {
      const goOn = state === "unfinished" ? "Add --resume to go on with it, " : "Add ";
      throw new UsageError(
        `${path} expected no run yet, got ${state === "finished" ? "a finished" : "an unfinished"} one. ${goOn}--out FOLDER for another folder, or --force to start over.`,
      );
    }
  }
  const plan = await begin(line, { folder, algorithmWord, algorithm, envWord, envOptions, source, seed });
  if (!line.has("resume")) return plan;
  return { ...plan, notes: ["There is nothing to resume yet: the run starts.", ...plan.notes] };
}

function folderName(word: string): string {
  return nameOf(word).replace(/[^\p{L}\p{N}_.-]/gu, "-");
}

/**
 * Returns the folder of a run when the user named none: the first of `path`, path-2, path-3, ... that holds neither a finished
 * run nor foreign files. With --resume, the search stops at the last folder with files.
 */
async function defaultFolder(path: string, resumes: boolean): Promise<RunFolder> {
  let newest = new RunFolder(path);
  for (let number = 2; ; number++) {
    const state = await newest.state();
    const next = new RunFolder(`${path}-${number}`);
    if (state === "absent" || state === "unfinished") return newest;
    if (resumes && (await next.state()) === "absent") return newest;
    newest = next;
  }
}

/**
 * Separates the folder of `--resume FOLDER` from the names. The parser sees a flag and a word; the word is the folder unless it
 * is needed as the name of the algorithm or environment.
 */
function splitPositionals(line: CommandLine): { names: readonly string[]; resumeFolder: string | undefined } {
  const { positionals } = line;
  const inline = line.text("resume");
  if (!line.has("resume") || inline !== undefined) {
    line.requirePositionals(inline === undefined ? 2 : 0, 2, "<algorithm> <env>");
    return { names: positionals, resumeFolder: inline };
  }
  line.requirePositionals(1, 3, "<algorithm> <env> or --resume FOLDER");
  if (positionals.length === 2) return { names: positionals, resumeFolder: undefined };
  const at = line.positionalAfter("resume") ?? positionals.length - 1;
  return { names: positionals.filter((_, i) => i !== at), resumeFolder: positionals[at] };
}

/** The request for a new run. */
interface Wanted {
  readonly folder: RunFolder;
  readonly algorithmWord: string;
  readonly algorithm: Algorithm;
  readonly envWord: string;
  readonly envOptions: Settings;
  readonly source: EnvironmentSource;
  readonly seed: number;
}

async function begin(line: CommandLine, wanted: Wanted): Promise<PlannedRun> {
  const { folder, algorithm, source, seed } = wanted;
  const backend = line.text("backend");
  const engine = line.text("engine");
  const hardware = await findHardware(algorithm, backend, engine);
  const presetName = line.text("preset");
  const preset: string | false | null = presetName === "none" ? false : (presetName ?? null);
  const givenSteps = line.count("steps", 1);
  const { everySteps, notes } = evaluationInterval(line, source);
  const evaluation = {
    everySteps,
    episodes: line.count("eval-episodes", 1) ?? EVALUATION_EPISODES,
    seed: EVALUATION_SEED,
  };
  const checkpointEverySteps = line.count("checkpoint-every", 1) ?? CHECKPOINT_EVERY_STEPS;

  const assignments = await readGivenSettings(line);
  const reserved = assignments.find(({ path }) => ["seed", "preset", "backend", "engine"].includes(path[0]));
  if (reserved !== undefined) {
    throw new UsageError(`--set: key expected a setting, got ${show(reserved.path[0])}. Use --${reserved.path[0]}.`);
  }
  const findings = await source.check();
  const request = { seed, preset, steps: givenSteps, assignments };
  const { agent, env, overrides } = await createAgent(algorithm, source, request, hardware);
  const [algorithmWord, envWord] = [wanted.algorithmWord, wanted.envWord].map((word) =>
    seenFrom(word, process.cwd(), folder.path),
  );
  const config: RunConfig = {
    algorithm: algorithmWord,
    env: { id: envWord, options: wanted.envOptions },
    ...fingerprints({ [algorithmWord]: algorithm.module, [envWord]: source.module }),
    seed,
    steps: givenSteps ?? agent.settings.totalSteps,
    preset,
    overrides,
    settings: agent.settings,
    backend: algorithm.hasNetwork ? (backend ?? "wasm") : null,
    engine: algorithm.hasNetwork && (backend ?? "wasm") === "wasm" ? (engine ?? "strict") : null,
    evaluation,
    checkpointEverySteps,
    version: libraryVersion(),
  };
  await folder.clear();
  await folder.writeJson(FILES.config, config);
  const checkpoint = new RunCheckpoint(folder);
  const all = [...findings, ...notes];
  return { config, folder, checkpoint, agent, env, source, algorithm, hardware, state: undefined, notes: all };
}

/** Returns the evaluation interval. It is 0 when the module exports a single environment, because training uses that one. */
function evaluationInterval(
  line: CommandLine,
  { isSingle, module }: EnvironmentSource,
): { readonly everySteps: number; readonly notes: readonly string[] } {
  const given = line.count("eval-every", 0);
  if (!isSingle || module === undefined || given === 0) {
    return { everySteps: given ?? EVALUATE_EVERY_STEPS, notes: [] };
  }
  const advice = "Export a class or function that makes environments";
  if (given !== undefined) {
    throw module.wrong(
      `--eval-every ${given} expected an environment beside the one that is trained in, got the only one that the file exports. ${advice}, or leave it out.`,
    );
  }
  const note = `${module.shown}: the file exports one environment, so nothing is evaluated during training. ${advice} to have the best policy kept.`;
  return { everySteps: 0, notes: [note] };
}
