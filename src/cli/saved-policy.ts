// A trained policy and the environment it belongs to, from a run's folder or from one file.

import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import { findAlgorithm, type TrainedAgent } from "./algorithms.ts";
import type { CommandLine, OptionKinds } from "./command-line.ts";
import { type EnvChoice, makeEvaluationEnv } from "./environments.ts";
import { FILES, RunFolder } from "./run-folder.ts";
import { assign, readAssignments } from "./settings.ts";
import { asUsage, UsageError } from "./usage-error.ts";

/** Options of every command that loads a policy. */
export const POLICY_OPTIONS: OptionKinds = { which: "text", env: "text", "env-set": "list" };

export interface SavedPolicy {
  readonly agent: TrainedAgent;
  readonly env: EnvChoice;
  readonly which: "kept" | "final" | "file";
  readonly file: string;
}

/** @throws UsageError when there is no such policy, or the file is damaged or does not fit the environment */
export async function loadPolicy(line: CommandLine, path: string): Promise<SavedPolicy> {
  const which = line.text("which");
  if (which !== undefined && which !== "kept" && which !== "final") {
    throw line.wrong(`--which expected kept or final, got ${JSON.stringify(which)}`);
  }
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new UsageError(`${path} expected a run folder or a .safetensors file, got nothing there. Check the path.`);
  const folder = new RunFolder(info.isDirectory() ? path : dirname(path));
  let file = basename(path);
  let found: SavedPolicy["which"] = "file";
  if (info.isDirectory()) {
    const hasKept = (await folder.storage.list(FILES.best)).includes(FILES.best);
    found = which ?? (hasKept ? "kept" : "final");
    file = found === "kept" ? FILES.best : FILES.checkpoint;
  } else if (which !== undefined) {
    throw line.wrong("--which expected a run folder, got a file");
  }
  const env = await chooseEnv(line, folder);
  const bytes = await folder.storage.read(file);
  if (bytes === undefined) {
    throw new UsageError(
      `${path} expected to hold ${file}, got none. The run has not come that far; see bellwether train --resume.`,
    );
  }
  const agent = asUsage(() => findAlgorithm(decodeCheckpoint(bytes).algorithm).load(bytes, makeEvaluationEnv(env), {}));
  return { agent, env, which: found, file: folder.filePath(file) };
}

/** What a run was trained in, unless the user names an environment. */
async function chooseEnv(line: CommandLine, folder: RunFolder): Promise<EnvChoice> {
  const given = assign(readAssignments("--env-set", line.list("env-set")));
  const id = line.text("env");
  if (id !== undefined) return { id, options: given };
  if ((await folder.readText(FILES.config)) === undefined) {
    throw new UsageError(`${folder.path} expected ${FILES.config} to say which environment, got none. Add --env ID.`);
  }
  const { env } = await folder.readConfig();
  return { id: env.id, options: { ...env.options, ...given } };
}
