// Loads a trained policy from a run folder or a single file, and makes its environment.

import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Env } from "../env.ts";
import { show } from "../errors.ts";
import { type Checkpoint, decodeCheckpoint } from "../formats/checkpoint.ts";
import type { Spaces } from "../workplace.ts";
import type { Algorithm, TrainedAgent } from "./algorithm.ts";
import { ALGORITHMS, findAlgorithm } from "./algorithms.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { findEnvironment, makeEvaluationEnv } from "./environments.ts";
import { isModuleWord, nameOf } from "./module-word.ts";
import { FILES, type RunConfig, RunFolder, shownPath } from "./run-folder.ts";
import { changes, runAlgorithm, runEnvironment } from "./run-modules.ts";
import { assign, readAssignments } from "./settings.ts";
import { readingFile, UsageError } from "./usage-error.ts";
import type { UserModule } from "./user-module.ts";

/** Options of every command that loads a policy. */
export const POLICY_OPTIONS: OptionKinds = { which: "text", algorithm: "text", env: "text", "env-set": "list" };

/** A policy's file and its contents. */
interface PolicyFile {
  readonly folder: RunFolder;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly contents: Checkpoint["contents"];
  /** Name that the file gives its algorithm. */
  readonly savedAlgorithm: string;
  /** "kept" or "final" for a policy of a run folder, "file" when the user named the file itself. */
  readonly which: "kept" | "final" | "file";
}

/** A loaded policy and an environment to play it in. */
export interface PlayedPolicy extends PolicyFile {
  readonly agent: TrainedAgent;
  /** Name of the algorithm, for titles. */
  readonly algorithmName: string;
  /** Name of the environment, for titles. */
  readonly envName: string;
  /** Environment for greedy episodes. */
  readonly env: Env;
  /** The user's module that exports the environment; undefined for an environment of the library. */
  readonly envModule: UserModule | undefined;
  /** Warnings for the user, printed before the first episode. */
  readonly notes: readonly string[];
}

/** @throws UsageError when the file does not exist, or holds no policy */
async function findPolicy(line: CommandLine, path: string): Promise<PolicyFile> {
  const which = line.text("which");
  if (which !== undefined && which !== "kept" && which !== "final") {
    throw line.wrong(`--which expected kept or final, got ${JSON.stringify(which)}`);
  }
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new UsageError(`${path} expected a run folder or a .safetensors file, got nothing there. Check the path.`);
  const folder = new RunFolder(info.isDirectory() ? path : dirname(path));
  let name = basename(path);
  let found: PolicyFile["which"] = "file";
  if (info.isDirectory()) {
    const hasKept = (await folder.storage.list(FILES.best)).includes(FILES.best);
    found = which ?? (hasKept ? "kept" : "final");
    name = found === "kept" ? FILES.best : FILES.checkpoint;
  } else if (which !== undefined) {
    throw line.wrong("--which expected a run folder, got a file");
  }
  const bytes = await folder.storage.read(name);
  if (bytes === undefined) {
    throw new UsageError(
      `${path} expected to hold ${name}, got none. The run has not come that far; see bellwether train --resume.`,
    );
  }
  const file = folder.filePath(name);
  const { algorithm, contents } = await readingFile(shownPath(file), () => decodeCheckpoint(bytes)).catch((error) => {
    if (file.endsWith(".safetensors") || !(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${path} expected a run folder or the file of a policy (.safetensors), got a file of another kind. Name the run's folder.`,
      { cause: error },
    );
  });
  return { folder, file, bytes, contents, savedAlgorithm: algorithm, which: found };
}

/**
 * Finds the algorithm of the policy: the one that the user names, else the module in the run's configuration, else the registered
 * algorithm that the file names.
 * @throws UsageError when the algorithm is not found
 */
async function policyAlgorithm(line: CommandLine, { file, folder, savedAlgorithm }: PolicyFile): Promise<Algorithm> {
  const named = line.text("algorithm");
  if (named !== undefined) return findAlgorithm(named, process.cwd());
  const config = await folder.findConfig();
  if (config !== undefined && isModuleWord(config.algorithm))
    return runAlgorithm(folder, config, "add --algorithm FILE");
  if (Object.hasOwn(ALGORITHMS, savedAlgorithm)) return ALGORITHMS[savedAlgorithm];
  throw new UsageError(
    `${file} expected a policy of a known algorithm, got one of ${show(savedAlgorithm)}. Name the file of its class: --algorithm FILE.`,
  );
}

/**
 * Loads a policy that will not be played. The file of a whole run may need its environment, for the reward of its goals; the file
 * of a policy needs no environment.
 * @throws UsageError when the policy does not exist, or the file is damaged
 */
export async function loadPolicy(line: CommandLine, path: string): Promise<TrainedAgent> {
  const policy = await findPolicy(line, path);
  const algorithm = await policyAlgorithm(line, policy);
  const config = await policy.folder.findConfig();
  const load = (spaces: Spaces | undefined): Promise<TrainedAgent> =>
    readingFile(shownPath(policy.file), () => algorithm.load(policy.bytes, spaces, {}));
  if (policy.contents !== "run" || (config === undefined && !line.has("env"))) return load(undefined);
  const source = await chooseEnvironment(line, policy.folder, config);
  return load(spacesOf(await source.make()));
}

/**
 * Loads a policy and makes an environment to play it in.
 * @throws UsageError when the policy does not exist, or the file is damaged or does not fit the environment
 */
export async function loadPlayedPolicy(line: CommandLine, path: string): Promise<PlayedPolicy> {
  const policy = await findPolicy(line, path);
  const config = await policy.folder.findConfig();
  const [named, envNamed] = [line.text("algorithm"), line.text("env")];
  const source = await chooseEnvironment(line, policy.folder, config);
  const algorithm = await policyAlgorithm(line, policy);
  const env = await makeEvaluationEnv(source);
  const agent = await readingFile(shownPath(policy.file), () => algorithm.load(policy.bytes, spacesOf(env), {}));
  return {
    ...policy,
    agent,
    algorithmName: nameOf(algorithm.module === undefined ? agent.algorithm : (named ?? config?.algorithm ?? "")),
    envName: nameOf(envNamed ?? config?.env.id ?? ""),
    env,
    envModule: source.module,
    notes:
      config === undefined
        ? []
        : changes(config, named ? undefined : algorithm.module, envNamed ? undefined : source.module),
  };
}

/** Returns the environment that the user names, else the environment that the run was trained in. */
async function chooseEnvironment(
  line: CommandLine,
  folder: RunFolder,
  config: RunConfig | undefined,
): Promise<EnvironmentSource> {
  const given = assign(readAssignments("--env-set", line.list("env-set")));
  const id = line.text("env");
  if (id !== undefined) return findEnvironment({ id, options: given }, process.cwd());
  if (config === undefined) {
    throw new UsageError(`${folder.path} expected ${FILES.config} to say which environment, got none. Add --env ID.`);
  }
  return runEnvironment(folder, config, { ...config.env.options, ...given }, "add --env FILE");
}

/** Returns the spaces of an environment without `reset` and `step`, because a policy that only acts takes no steps itself. */
function spacesOf(env: Env): Spaces {
  const { observationSpace, actionSpace, spec } = env;
  const { computeReward, computeTerminated } = env as Partial<Spaces>;
  const spaces = {
    observationSpace,
    actionSpace,
    spec,
    ...(computeReward && { computeReward: computeReward.bind(env) }),
    ...(computeTerminated && { computeTerminated: computeTerminated.bind(env) }),
  };
  return spaces;
}
