// The folder of an experiment. The file of a run is named after a hash of its configuration. So a finished run is found
// again if every setting is the same, whatever its name in the specification, and is never mistaken for another run.
//
//   experiment.json           the specification as it was read, and the work sessions so far
//   runs/<algorithm>-<env>-seed<seed>-<hash of the configuration>.json
//   report.html, results.csv, curves.csv, and best.json for a search

import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { WorkSession } from "../experiments/report-parts.ts";
import type { RunConfiguration, RunResult } from "../experiments/run-result.ts";
import { UNFINISHED_SUFFIX } from "../formats/storage-name.ts";
import { DiskStorage } from "../node/index.ts";
import type { Storage } from "../storage.ts";
import { nameOf } from "./module-word.ts";
import { isSame, type Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export const EXPERIMENT_FILES = {
  experiment: "experiment.json",
  report: "report.html",
  results: "results.csv",
  curves: "curves.csv",
  best: "best.json",
} as const;

const KNOWN_NAMES: ReadonlySet<string> = new Set([...Object.values(EXPERIMENT_FILES), "runs"]);

interface ExperimentRecord {
  readonly spec: Settings;
  readonly sessions: readonly WorkSession[];
}

export class ExperimentFolder {
  readonly path: string;
  readonly #storage: Storage;

  constructor(path: string) {
    this.path = path;
    this.#storage = new DiskStorage(path);
  }

  filePath(name: string): string {
    return join(this.path, name);
  }

  /** @throws UsageError when the folder holds other files, or another experiment */
  async requireOwn(experimentName: string): Promise<void> {
    const info = await stat(this.path).catch(() => undefined);
    if (info === undefined) return;
    if (!info.isDirectory()) throw new UsageError(`${this.path} expected a folder, got a file. Choose another --out.`);
    const foreign = (await readdir(this.path)).find(
      (name) => !KNOWN_NAMES.has(name) && !name.endsWith(UNFINISHED_SUFFIX),
    );
    if (foreign !== undefined) {
      throw new UsageError(
        `${this.path} expected an empty folder or an experiment's, got one with ${foreign}. Choose another --out.`,
      );
    }
    const name = (await this.#record())?.spec?.name;
    if (name !== undefined && name !== experimentName) {
      throw new UsageError(
        `${this.path} expected the experiment ${JSON.stringify(experimentName)}, got ${JSON.stringify(name)}. Choose another --out.`,
      );
    }
  }

  async sessions(): Promise<readonly WorkSession[]> {
    const sessions = (await this.#record())?.sessions;
    return Array.isArray(sessions) ? sessions : [];
  }

  async writeRecord(spec: Settings, sessions: readonly WorkSession[]): Promise<void> {
    await this.writeJson(EXPERIMENT_FILES.experiment, { spec, sessions });
  }

  /** Returns the result of the finished run with exactly this configuration; undefined when it is missing or damaged. */
  async findResult(config: RunConfiguration): Promise<RunResult | undefined> {
    const result = (await this.#readJson(resultName(config))) as RunResult | undefined;
    if (result === undefined || !isSame(result.config, config)) return undefined;
    return Array.isArray(result.evaluationCurve) && typeof result.final?.mean === "number" ? result : undefined;
  }

  async writeResult(result: RunResult): Promise<void> {
    await this.writeText(resultName(result.config), `${JSON.stringify(result)}\n`);
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.writeText(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  async writeText(name: string, text: string): Promise<void> {
    await this.#storage.write(name, new TextEncoder().encode(text));
  }

  async #record(): Promise<Partial<ExperimentRecord> | undefined> {
    return (await this.#readJson(EXPERIMENT_FILES.experiment)) as Partial<ExperimentRecord> | undefined;
  }

  async #readJson(name: string): Promise<object | undefined> {
    const bytes = await this.#storage.read(name);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) ?? undefined;
    } catch {
      return undefined;
    }
  }
}

/** Returns the file name of a run's result. Equal configurations have the same name, whatever the order of their keys. */
export function resultName(config: RunConfiguration): string {
  const hash = createHash("sha256").update(canonicalJson(config)).digest("hex").slice(0, 16);
  const words = [nameOf(config.algorithm), nameOf(config.env.id), `seed${config.seed}`, hash].join("-");
  return `runs/${words.replace(/[^\w.-]/g, "_")}.json`;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
