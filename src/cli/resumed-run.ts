// Prepares a run that continues from its last checkpoint, with the configuration that it was started with.

import { existsSync } from "node:fs";
import type { CommandLine } from "./command-line.ts";
import { readGivenSettings } from "./given-settings.ts";
import { findHardware } from "./hardware.ts";
import { isModuleWord, nameOf, placeOf, seenFrom } from "./module-word.ts";
import type { FinishedRun, PlannedRun } from "./planned-run.ts";
import { RunCheckpoint } from "./run-checkpoint.ts";
import { FILES, type RunConfig, type RunFolder, shownPath } from "./run-folder.ts";
import { changes, runAlgorithm, runEnvironment } from "./run-modules.ts";
import { isSame, lookUp, readAssignments } from "./settings.ts";
import { readingFile, UsageError } from "./usage-error.ts";
import { libraryVersion } from "./version.ts";

/** @throws UsageError when the folder is damaged, a module is gone, or the words contradict the run's configuration */
export async function resumedRun(
  line: CommandLine,
  folder: RunFolder,
  names: readonly string[],
): Promise<PlannedRun | FinishedRun> {
  if (line.has("force")) throw line.wrong("--resume expected to be given without --force, got both");
  const saved = await folder.readConfig();
  await requireAgreement(line, saved, names, folder);
  const config = movedConfig(folder, saved, names);
  await folder.removeUnfinished();
  const result = await folder.readResult();
  if (result !== undefined) {
    if (config !== saved) await folder.writeJson(FILES.config, config);
    return { folder, result };
  }
  const advice = `say where they are: bellwether train ALGORITHM ENV --resume ${shownPath(folder.path)}`;
  const algorithm = await runAlgorithm(folder, config, advice);
  const source = await runEnvironment(folder, config, config.env.options, advice);
  const hardware = algorithm.hasNetwork
    ? await findHardware(algorithm, config.backend ?? undefined, config.engine ?? undefined)
    : {};
  const checkpoint = new RunCheckpoint(folder);
  const loaded = await checkpoint.load();
  const notes: string[] = changes(config, algorithm.module, source.module).map(
    (change) => `${change.slice(0, -1)}: it may not go on bit for bit.`,
  );
  await source.check();
  const version = libraryVersion();
  if (config.version !== version) {
    notes.push(`The run was begun by version ${config.version}, this is ${version}: it may not go on bit for bit.`);
  }
  if (loaded === undefined) {
    await folder.clear();
    await folder.writeJson(FILES.config, config);
    notes.push("There was no checkpoint yet: the run starts from the beginning.");
    const { agent, env } = await algorithm.create(source, { ...config.settings, preset: false }, hardware);
    return { config, folder, checkpoint, agent, env, source, algorithm, hardware, state: undefined, notes };
  }
  const { bytes, state } = loaded;
  const file = shownPath(folder.filePath(FILES.checkpoint));
  const { agent, env } = await readingFile(file, () => algorithm.resume(bytes, source, hardware));
  // Written only now: a module that does not fit the checkpoint must not take the place of the right one.
  if (config !== saved) await folder.writeJson(FILES.config, config);
  return { config, folder, checkpoint, agent, env, source, algorithm, hardware, state, notes };
}

/** Checks that options which are given again equal those of the run: a run continues with its own configuration. */
async function requireAgreement(
  line: CommandLine,
  config: RunConfig,
  names: readonly string[],
  folder: RunFolder,
): Promise<void> {
  const require = (what: string, given: unknown, saved: unknown): void => {
    if (given === undefined || isSame(given, saved)) return;
    throw new UsageError(
      `--resume: ${what} expected ${JSON.stringify(saved)} as the run was started, got ${JSON.stringify(given)}. Leave it out, or start another run with --out.`,
    );
  };
  for (const [what, given, saved] of [
    ["algorithm", names[0], config.algorithm],
    ["env", names[1], config.env.id],
  ] as const) {
    if (given === undefined || isSameModule(given, saved) || isReplacement(given, saved, folder)) continue;
    require(what, given, seenFrom(saved, folder.path, process.cwd()));
  }
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

/** True when both words are paths of modules with the same name. The module may have moved to another folder. */
function isSameModule(given: string, saved: string): boolean {
  return isModuleWord(given) && isModuleWord(saved) && nameOf(given) === nameOf(saved);
}

/** True when the saved module is gone and another file is given in its place: a renamed one. The checkpoint checks its class. */
function isReplacement(given: string, saved: string, folder: RunFolder): boolean {
  return isModuleWord(given) && isModuleWord(saved) && !existsSync(placeOf(saved, folder.path).file);
}

/** Returns the configuration with new paths for moved and renamed modules; `config` itself when each is where it was. */
function movedConfig(folder: RunFolder, config: RunConfig, names: readonly string[]): RunConfig {
  const now = (given: string | undefined, saved: string): string => {
    if (given === undefined || !isModuleWord(given)) return saved;
    const isThere = placeOf(given, process.cwd()).file === placeOf(saved, folder.path).file;
    return isThere ? saved : seenFrom(given, process.cwd(), folder.path);
  };
  const algorithm = now(names[0], config.algorithm);
  const id = now(names[1], config.env.id);
  if (algorithm === config.algorithm && id === config.env.id) return config;
  const renamed = { [config.algorithm]: algorithm, [config.env.id]: id };
  const files = Object.entries(config.files ?? {}).map(([word, sha256]) => [renamed[word] ?? word, sha256]);
  return { ...config, algorithm, env: { ...config.env, id }, files: Object.fromEntries(files) };
}
