// A trained policy from a run's folder or from one file, and the environment it belongs to.

import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Env } from "../env.ts";
import { show } from "../errors.ts";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import type { Spaces } from "../workplace.ts";
import type { Algorithm, TrainedAgent } from "./algorithm.ts";
import { ALGORITHMS, findAlgorithm } from "./algorithms.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { findEnvironment, makeEvaluationEnv } from "./environments.ts";
import { isModuleWord, nameOf } from "./module-word.ts";
import { FILES, type RunConfig, RunFolder } from "./run-folder.ts";
import { changes, runAlgorithm, runEnvironment } from "./run-modules.ts";
import { assign, readAssignments } from "./settings.ts";
import { asUsage, UsageError } from "./usage-error.ts";
import type { UserModule } from "./user-module.ts";

/** Options of every command that loads a policy. */
export const POLICY_OPTIONS: OptionKinds = { which: "text", algorithm: "text", env: "text", "env-set": "list" };

/** The file of a policy. */
interface PolicyFile {
  readonly folder: RunFolder;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly which: "kept" | "final" | "file";
}

export interface PlayedPolicy extends PolicyFile {
  readonly agent: TrainedAgent;
  /** For titles. */
  readonly algorithmName: string;
  readonly envName: string;
  /** For greedy episodes. */
  readonly env: Env;
  /** The user's, where the environment is none of the package's. */
  readonly envModule: UserModule | undefined;
  /** What a reader should know before they begin. */
  readonly notes: readonly string[];
}

/** @throws UsageError when there is no such file */
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
  return { folder, file: folder.filePath(name), bytes, which: found };
}

/**
 * The algorithm that made the policy: the one that the user names, or the run's, or the registered one that the file names.
 * @throws UsageError when the file is damaged, or the algorithm is not found
 */
async function policyAlgorithm(line: CommandLine, { bytes, file, folder }: PolicyFile): Promise<Algorithm> {
  const named = line.text("algorithm");
  if (named !== undefined) return findAlgorithm(named, process.cwd());
  const { algorithm } = asUsage(() => decodeCheckpoint(bytes));
  const config = await folder.findConfig();
  if (config !== undefined && isModuleWord(config.algorithm))
    return runAlgorithm(folder, config, "add --algorithm FILE");
  if (Object.hasOwn(ALGORITHMS, algorithm)) return ALGORITHMS[algorithm];
  throw new UsageError(
    `${file} expected a policy of a known algorithm, got one of ${show(algorithm)}. Name the file of its class: --algorithm FILE.`,
  );
}

/**
 * A policy that plays nothing. The file of a whole run may need its environment's goals; a policy's needs none.
 * @throws UsageError when there is no such policy, or the file is damaged
 */
export async function loadPolicy(line: CommandLine, path: string): Promise<TrainedAgent> {
  const policy = await findPolicy(line, path);
  const algorithm = await policyAlgorithm(line, policy);
  const config = await policy.folder.findConfig();
  const isRun = asUsage(() => decodeCheckpoint(policy.bytes)).contents === "run";
  if (!isRun || (config === undefined && !line.has("env"))) return algorithm.load(policy.bytes, undefined, {});
  const source = await chooseEnvironment(line, policy.folder, config);
  return algorithm.load(policy.bytes, spacesOf(await source.make()), {});
}

/** @throws UsageError when there is no such policy, or the file is damaged or does not fit the environment */
export async function loadPlayedPolicy(line: CommandLine, path: string): Promise<PlayedPolicy> {
  const policy = await findPolicy(line, path);
  const config = await policy.folder.findConfig();
  const [named, envNamed] = [line.text("algorithm"), line.text("env")];
  const source = await chooseEnvironment(line, policy.folder, config);
  const algorithm = await policyAlgorithm(line, policy);
  const env = await makeEvaluationEnv(source);
  const agent = await algorithm.load(policy.bytes, spacesOf(env), {});
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

/** What a run was trained in, unless the user names an environment. */
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

/** The environment without its steps: a policy that acts is in nobody's episode. */
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
