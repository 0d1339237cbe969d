// The files that let a run continue after it was killed at any moment. Each file is replaced atomically; together they agree.
//
//   run-state.json            an entry for the checkpoint on disk; also one for the next, while that is being written
//   checkpoint.safetensors    belongs to the entry with the same step
//   best.safetensors          may be newer than the checkpoint; then best-before.safetensors belongs to the checkpoint
//
// Order of writing: run-state.json with both entries, the checkpoint, then best-before is deleted. If the process is killed
// in between, the checkpoint on disk (old or new) still finds its entry and its kept policy.

import { decodeCheckpoint, sha256Hex } from "../formats/checkpoint.ts";
import type { TrainedAgent } from "./algorithm.ts";
import { FILES, type RunFolder, shownPath } from "./run-folder.ts";
import { readingFile, UsageError } from "./usage-error.ts";

/** The best policy so far. */
export interface Kept {
  /** Mean return in the evaluation that chose the policy. */
  readonly mean: number;
  /** Environment step of that evaluation. */
  readonly step: number;
  /** SHA-256 of best.safetensors. */
  readonly sha256: string;
}

/** State of a run outside its agent. */
export interface RunState {
  readonly envSteps: number;
  /** Seconds of training in all sessions together, including the evaluations during training. */
  readonly seconds: number;
  /** Environment steps of the evaluations that chose the kept policy. */
  readonly evaluationEnvSteps: number;
  readonly kept: Kept | null;
  /** Length of each log in bytes at the checkpoint, by file name. Later bytes were logged after the checkpoint. */
  readonly logBytes: Readonly<Record<string, number>>;
}

export class RunCheckpoint {
  readonly #folder: RunFolder;
  #onDisk: RunState | undefined;
  #savedBefore = false;

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  /**
   * Reads the last checkpoint; undefined when there is none. If best.safetensors is newer than the checkpoint, the policy that
   * belongs to the checkpoint replaces it.
   * @throws UsageError when a file is damaged or missing
   */
  async load(): Promise<{ readonly bytes: Uint8Array; readonly state: RunState } | undefined> {
    const { storage } = this.#folder;
    const bytes = await storage.read(FILES.checkpoint);
    if (bytes === undefined) return undefined;
    const file = shownPath(this.#folder.filePath(FILES.checkpoint));
    const { envSteps } = (await readingFile(file, () => decodeCheckpoint(bytes))).counters;
    const entries = await this.#readEntries();
    const state = entries.find((entry) => entry.envSteps === envSteps);
    if (state === undefined) {
      const steps = entries.map((entry) => entry.envSteps).join(" or ");
      throw new UsageError(
        `${file} expected the checkpoint of this run at step ${steps}, as ${FILES.state} says, got one at step ${envSteps}. Put the run's own checkpoint back, or start the run over.`,
      );
    }
    if (state.kept === null) {
      await storage.delete(FILES.best);
    } else if ((await this.#hashOf(FILES.best)) !== state.kept.sha256) {
      const before = await storage.read(FILES.bestBefore);
      if (before === undefined || (await sha256Hex([before])) !== state.kept.sha256) {
        throw this.#folder.damaged(FILES.best);
      }
      await storage.write(FILES.best, before);
    }
    await storage.delete(FILES.bestBefore);
    this.#onDisk = state;
    return { bytes, state };
  }

  /** Replaces the kept policy. The policy that belongs to the last checkpoint stays in best-before.safetensors. */
  async keep(policy: Uint8Array, mean: number, step: number): Promise<Kept> {
    const { storage } = this.#folder;
    if (this.#onDisk?.kept && !this.#savedBefore) {
      await storage.write(FILES.bestBefore, (await storage.read(FILES.best)) as Uint8Array);
      this.#savedBefore = true;
    }
    await storage.write(FILES.best, policy);
    return { mean, step, sha256: await sha256Hex([policy]) };
  }

  async write(agent: TrainedAgent, state: RunState): Promise<void> {
    const { storage } = this.#folder;
    // The checkpoint on disk is of the same step.
    if (this.#onDisk?.envSteps === state.envSteps) return;
    await this.#folder.writeJson(FILES.state, { checkpoints: this.#onDisk ? [this.#onDisk, state] : [state] });
    await storage.write(FILES.checkpoint, agent.save());
    this.#onDisk = state;
    if (this.#savedBefore) await storage.delete(FILES.bestBefore);
    this.#savedBefore = false;
  }

  async #readEntries(): Promise<RunState[]> {
    try {
      const { checkpoints } = JSON.parse((await this.#folder.readText(FILES.state)) ?? "null");
      if (Array.isArray(checkpoints) && checkpoints.length > 0 && checkpoints.every(isState)) return checkpoints;
    } catch {
      // Text that does not parse is as damaged as the wrong values below.
    }
    throw this.#folder.damaged(FILES.state);
  }

  async #hashOf(name: string): Promise<string | undefined> {
    const bytes = await this.#folder.storage.read(name);
    return bytes && sha256Hex([bytes]);
  }
}

function isState(value: unknown): value is RunState {
  const { envSteps, evaluationEnvSteps, kept, logBytes, seconds } = (value ?? {}) as Partial<RunState>;
  const isLog =
    typeof logBytes === "object" && logBytes !== null && Object.values(logBytes).every(Number.isSafeInteger);
  return (
    [envSteps, evaluationEnvSteps].every(Number.isSafeInteger) && Number.isFinite(seconds) && isKept(kept) && isLog
  );
}

function isKept(value: unknown): boolean {
  if (value === null) return true;
  const { mean, sha256, step } = (value ?? {}) as Partial<Kept>;
  return Number.isFinite(mean) && Number.isSafeInteger(step) && typeof sha256 === "string";
}
