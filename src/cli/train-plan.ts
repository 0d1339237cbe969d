// From the words of `bellwether train` to a run: a new one in a folder of its own, or an earlier one to go on with.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SyncEnv } from "../env.ts";
import { show } from "../errors.ts";
import { createAgent } from "./agent-settings.ts";
import { type Algorithm, findAlgorithm, findHardware, type Hardware, type TrainedAgent } from "./algorithms.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import { makeEnv } from "./environments.ts";
import { RunCheckpoint, type RunState } from "./run-checkpoint.ts";
import { FILES, type RunConfig, RunFolder, shownPath } from "./run-folder.ts";
import {
  type Assignment,
  assign,
  isSame,
  lookUp,
  readAssignments,
  type Settings,
  settingsAssignments,
} from "./settings.ts";
import { asUsage, UsageError } from "./usage-error.ts";
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
/** Far from the seeds of training (small numbers, by custom) and of the evaluation that is reported (from 10,000). */
const EVALUATION_SEED = 1_000_000;

export interface TrainPlan {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly checkpoint: RunCheckpoint;
  readonly agent: TrainedAgent;
  readonly env: SyncEnv;
  readonly algorithm: Algorithm;
  readonly hardware: Hardware;
  /** Of the checkpoint that the run goes on from. */
  readonly state: RunState | undefined;
  /** What a reader should know before it starts. */
  readonly notes: readonly string[];
}

/** A run that has nothing left to do. */
export interface FinishedRun {
  readonly folder: RunFolder;
  readonly result: Readonly<Record<string, unknown>>;
}

/** @throws UsageError for whatever is wrong with the words or the folder; nothing is written then */
export async function planTraining(line: CommandLine): Promise<TrainPlan | FinishedRun> {
  const { names, resumeFolder } = splitPositionals(line);
  const [algorithmName, envId] = names;
  if (names.length === 0 && resumeFolder !== undefined) {
    const folder = new RunFolder(resumeFolder);
    const state = await folder.state();
    if (state === "absent")
      throw new UsageError(`--resume expected a run folder, got none at ${resumeFolder}. Check the path.`);
    return resume(line, folder, names);
  }
  if (names.length !== 2) throw line.wrong(`expected <algorithm> <env>, got ${names.join(" ") || "nothing"}`);
  findAlgorithm(algorithmName);
  makeEnv({ id: envId, options: {} });
  const seed = line.count("seed", 0) ?? 0;
  const named = resumeFolder ?? line.text("out");
  const usual = join("runs", `${algorithmName}-${envId}-seed${seed}`);
  const isChosen = named !== undefined || line.has("force");
  const folder = isChosen ? new RunFolder(named ?? usual) : await defaultFolder(usual, line.has("resume"));
  const state = await folder.state();
  const path = shownPath(folder.path);
  if (state === "foreign" && !line.has("force")) {
    throw new UsageError(`${path} expected an empty folder or none, got one with other files. Choose another --out.`);
  }
  if (state === "finished" || state === "unfinished") {
    if (line.has("resume")) return resume(line, folder, names);
    if (!line.has("force")) {
      const goOn = state === "unfinished" ? "Add --resume to go on with it, " : "Add ";
      throw new UsageError(
        `${path} expected no run yet, got ${state === "finished" ? "a finished" : "an unfinished"} one. ${goOn}--out FOLDER for another folder, or --force to start over.`,
      );
    }
  }
  const plan = await begin(line, folder, algorithmName, envId, seed);
  return line.has("resume") ? { ...plan, notes: ["There is nothing to resume yet: the run starts."] } : plan;
}

/**
 * The folder of a run that was given none: `path`, or, where finished runs are, the first free one of path-2, path-3, ...
 * To resume, the newest that there is.
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

/** `--resume FOLDER` looks like `--resume` and a word: the word is a folder unless it is needed as a name. */
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

async function begin(
  line: CommandLine,
  folder: RunFolder,
  algorithmName: string,
  envId: string,
  seed: number,
): Promise<TrainPlan> {
  const algorithm = findAlgorithm(algorithmName);
  const choice = { id: envId, options: assign(readAssignments("--env-set", line.list("env-set"))) };
  const env = makeEnv(choice);
  const backend = line.text("backend");
  const engine = line.text("engine");
  const hardware = await findHardware(algorithmName, backend, engine);
  const presetName = line.text("preset");
  const preset: string | false | null = presetName === "none" ? false : (presetName ?? null);
  const givenSteps = line.count("steps", 1);
  const evaluation = {
    everySteps: line.count("eval-every", 0) ?? EVALUATE_EVERY_STEPS,
    episodes: line.count("eval-episodes", 1) ?? EVALUATION_EPISODES,
    seed: EVALUATION_SEED,
  };
  const checkpointEverySteps = line.count("checkpoint-every", 1) ?? CHECKPOINT_EVERY_STEPS;

  const assignments = await readGivenSettings(line);
  const reserved = assignments.find(({ path }) => ["seed", "preset", "backend", "engine"].includes(path[0]));
  if (reserved !== undefined) {
    throw new UsageError(`--set: key expected a setting, got ${show(reserved.path[0])}. Use --${reserved.path[0]}.`);
  }
  const request = { seed, preset, steps: givenSteps, assignments };
  const { agent, overrides } = createAgent(algorithm, env, request, hardware);
  const config: RunConfig = {
    algorithm: algorithmName,
    env: choice,
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
  return { config, folder, checkpoint, agent, env, algorithm, hardware, state: undefined, notes: [] };
}

/** Those of a file, then those of the words, which win. */
async function readGivenSettings(line: CommandLine): Promise<Assignment[]> {
  const words = readAssignments("--set", line.list("set"));
  const path = line.text("settings");
  if (path === undefined) return words;
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new UsageError(`--settings expected a file of settings, got none at ${path}. Check the path.`, { cause });
  });
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    settings = undefined;
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new UsageError(`--settings expected a JSON object, got something else in ${path}. For example best.json.`);
  }
  return [...settingsAssignments("--settings", settings as Settings), ...words];
}

async function resume(
  line: CommandLine,
  folder: RunFolder,
  names: readonly string[],
): Promise<TrainPlan | FinishedRun> {
  if (line.has("force")) throw line.wrong("--resume expected to be given without --force, got both");
  const config = await folder.readConfig();
  await requireAgreement(line, config, names);
  await folder.removeUnfinished();
  const result = await folder.readResult();
  if (result !== undefined) return { folder, result };
  const algorithm = findAlgorithm(config.algorithm);
  const env = makeEnv(config.env);
  const hardware = algorithm.hasNetwork
    ? await findHardware(config.algorithm, config.backend ?? undefined, config.engine ?? undefined)
    : {};
  const checkpoint = new RunCheckpoint(folder);
  const loaded = await checkpoint.load();
  const notes: string[] = [];
  const version = libraryVersion();
  if (config.version !== version) {
    notes.push(`The run was begun by version ${config.version}, this is ${version}: it may not go on bit for bit.`);
  }
  if (loaded === undefined) {
    await folder.clear();
    await folder.writeJson(FILES.config, config);
    notes.push("There was no checkpoint yet: the run starts from the beginning.");
    const agent = asUsage(() => algorithm.create(env, { ...config.settings, preset: false }, hardware));
    return { config, folder, checkpoint, agent, env, algorithm, hardware, state: undefined, notes };
  }
  const { bytes, state } = loaded;
  const agent = asUsage(() => algorithm.load(bytes, env, hardware));
  return { config, folder, checkpoint, agent, env, algorithm, hardware, state, notes };
}

/** A run goes on with what it was started with; whatever is said again must say the same. */
async function requireAgreement(line: CommandLine, config: RunConfig, names: readonly string[]): Promise<void> {
  const require = (what: string, given: unknown, saved: unknown): void => {
    if (given === undefined || isSame(given, saved)) return;
    throw new UsageError(
      `--resume: ${what} expected ${JSON.stringify(saved)} as the run was started, got ${JSON.stringify(given)}. Leave it out, or start another run with --out.`,
    );
  };
  require("algorithm", names[0], config.algorithm);
  require("env", names[1], config.env.id);
  require("--seed", line.count("seed", 0), config.seed);
  require("--steps", line.count("steps", 1), config.steps);
  require("--preset", line.text("preset") === "none" ? false : line.text("preset"), config.preset);
  require("--backend", line.text("backend"), config.backend);
  require("--engine", line.text("engine"), config.engine);
  require("--eval-every", line.count("eval-every", 0), config.evaluation.everySteps);
  require("--eval-episodes", line.count("eval-episodes", 1), config.evaluation.episodes);
  require("--checkpoint-every", line.count("checkpoint-every", 1), config.checkpointEverySteps);
  for (const { path, value } of await readGivenSettings(line)) {
    const saved = lookUp(config.overrides, path) ?? lookUp(config.settings, path);
    require(`--set ${path.join(".")}`, value, saved);
  }
  for (const { path, value } of readAssignments("--env-set", line.list("env-set"))) {
    require(`--env-set ${path.join(".")}`, value, lookUp(config.env.options, path));
  }
}
