// The folder of a run: names of its files, its configuration, and its state (free, foreign, unfinished, finished).
//
//   config.json               algorithm, environment, seed, steps, every setting
//   log.csv, log.jsonl, events.out.tfevents.*
//   checkpoint.safetensors    the whole run, to continue from; run-state.json belongs to it (see run-checkpoint.ts)
//   best.safetensors          the policy that the evaluations during training kept
//   curve.svg, result.json    written at the end; result.json makes the run finished

import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { CheckpointError } from "../errors.ts";
import { requireObject } from "../formats/checkpoint.ts";
import { UNFINISHED_SUFFIX } from "../formats/storage-name.ts";
import { DiskStorage } from "../node/index.ts";
import type { Storage } from "../storage.ts";
import type { EnvChoice } from "./environment-source.ts";
import type { Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export const FILES = {
  config: "config.json",
  csv: "log.csv",
  jsonl: "log.jsonl",
  checkpoint: "checkpoint.safetensors",
  state: "run-state.json",
  best: "best.safetensors",
  bestBefore: "best-before.safetensors",
  curve: "curve.svg",
  result: "result.json",
} as const;

/** Names of files that a run may delete when it starts over. Other files in the folder are never touched. */
const OWN_FILE = new RegExp(
  `^(${Object.values(FILES).join("|").replaceAll(".", "\\.")})(\\.[0-9a-f]{8}~)?$|^events\\.out\\.tfevents\\.\\d+\\.bellwether$`,
);

/** Contents of config.json. */
export interface RunConfig {
  /** A registered name, or the path of a module relative to the run's folder. The environment's id has the same form. */
  readonly algorithm: string;
  readonly env: EnvChoice;
  /** SHA-256 of the files of the user's modules, by their paths; missing where the run uses none. */
  readonly files?: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly steps: number;
  /** The preset that was asked for: its name, false for none, null for the preset of the environment. */
  readonly preset: string | false | null;
  /** The settings that --set and --settings gave. */
  readonly overrides: Settings;
  /** Every setting of the agent, as a result of preset and overrides. */
  readonly settings: Settings;
  readonly backend: string | null;
  readonly engine: string | null;
  readonly evaluation: { readonly everySteps: number; readonly episodes: number; readonly seed: number };
  readonly checkpointEverySteps: number;
  /** Version of the library. */
  readonly version: string;
}

export class RunFolder {
  readonly path: string;
  readonly storage: Storage;

  constructor(path: string, storage: Storage = new DiskStorage(path)) {
    this.path = path;
    this.storage = storage;
  }

  /**
   * Returns the state of the folder: "finished" with a result, "unfinished" with a configuration only, "foreign" with files that
   * belong to no run, "absent" when it does not exist or holds no such files.
   */
  async state(): Promise<"absent" | "foreign" | "unfinished" | "finished"> {
    const info = await stat(this.path).catch(() => undefined);
    if (info === undefined) return "absent";
    if (!info.isDirectory()) throw new UsageError(`${this.path} expected a folder, got a file. Choose another --out.`);
    const names = await readdir(this.path);
    if (names.includes(FILES.result) && names.includes(FILES.config)) return "finished";
    if (names.includes(FILES.config)) return "unfinished";
    return names.every((name) => OWN_FILE.test(name)) ? "absent" : "foreign";
  }

  /** @throws UsageError when config.json is missing or damaged */
  async readConfig(): Promise<RunConfig> {
    const json = await this.#readJson(FILES.config);
    if (json === undefined) {
      throw new UsageError(`${this.path} expected a run folder, got one without ${FILES.config}. Check the path.`);
    }
    const config = json as unknown as RunConfig;
    try {
      requireObject("env", config.env);
      requireObject("settings", config.settings);
      requireObject("evaluation", config.evaluation);
      const { algorithm, seed, steps, checkpointEverySteps } = config;
      const counts = [seed, steps, checkpointEverySteps, config.evaluation.everySteps, config.evaluation.episodes];
      if (typeof algorithm === "string" && typeof config.env.id === "string" && counts.every(Number.isSafeInteger)) {
        return config;
      }
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
    }
    throw this.damaged(FILES.config);
  }

  /** Reads the configuration like `readConfig`, but returns undefined when config.json is missing. */
  async findConfig(): Promise<RunConfig | undefined> {
    return (await this.readText(FILES.config)) === undefined ? undefined : this.readConfig();
  }

  async readResult(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return this.#readJson(FILES.result);
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.writeText(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  async writeText(name: string, text: string): Promise<void> {
    await this.storage.write(name, new TextEncoder().encode(text));
  }

  async readText(name: string): Promise<string | undefined> {
    const bytes = await this.storage.read(name);
    return bytes && new TextDecoder().decode(bytes);
  }

  filePath(name: string): string {
    return join(this.path, name);
  }

  /** Deletes the half-written files of a process that died while writing. No code reads these files. */
  async removeUnfinished(): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (OWN_FILE.test(name) && name.endsWith(UNFINISHED_SUFFIX)) await rm(this.filePath(name));
    }
  }

  /** Makes the folder if it does not exist, and deletes the files of an earlier run. */
  async clear(): Promise<void> {
    await mkdir(this.path, { recursive: true });
    for (const name of await readdir(this.path)) {
      if (OWN_FILE.test(name)) await rm(this.filePath(name));
    }
  }

  damaged(name: string): UsageError {
    return new UsageError(`${this.filePath(name)} expected a file of a run, got a damaged one. Start the run over.`);
  }

  async #readJson(name: string): Promise<Record<string, unknown> | undefined> {
    const text = await this.readText(name);
    if (text === undefined) return undefined;
    try {
      return requireObject(name, JSON.parse(text));
    } catch {
      throw this.damaged(name);
    }
  }
}

/** Returns the shortest form of a path: relative for a path inside the current folder, otherwise unchanged. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== "" && !short.startsWith("..") ? short : path;
}
