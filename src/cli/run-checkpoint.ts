// What survives when a run is killed at any instant: three files that must agree, of which each is replaced atomically.
//
//   run-state.json            one entry for the checkpoint on disk and, while it is being replaced, one for the next
//   checkpoint.safetensors    names its entry by its step
//   best.safetensors          may be newer than the checkpoint; then best-before.safetensors is the checkpoint's
//
// Order of a checkpoint: run-state.json with both entries, the checkpoint, away with best-before. Whichever of the two
// checkpoints a kill leaves finds its entry, and the kept policy that belongs to it.

import { decodeCheckpoint, sha256Hex } from "../formats/checkpoint.ts";
import type { TrainedAgent } from "./algorithm.ts";
import { FILES, type RunFolder } from "./run-folder.ts";
import { asUsage } from "./usage-error.ts";

/** The policy kept so far: its mean return in the evaluation at `step`. */
export interface Kept {
  readonly mean: number;
  readonly step: number;
  /** Of the file. */
  readonly sha256: string;
}

/** What a run knows beside its agent. */
export interface RunState {
  readonly envSteps: number;
  /** Spent in training, all sessions together, evaluations during training included. */
  readonly seconds: number;
  /** Of the evaluations that chose the kept policy. */
  readonly evaluationEnvSteps: number;
  readonly kept: Kept | null;
  /** How long each log was: what lies beyond was logged after the checkpoint. */
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
   * The last checkpoint, after putting the kept policy in agreement with it; undefined when there is none.
   * @throws UsageError when a file is damaged or missing
   */
  async load(): Promise<{ readonly bytes: Uint8Array; readonly state: RunState } | undefined> {
    const { storage } = this.#folder;
    const bytes = await storage.read(FILES.checkpoint);
    if (bytes === undefined) return undefined;
    const { envSteps } = asUsage(() => decodeCheckpoint(bytes)).counters;
    const state = (await this.#readEntries()).find((entry) => entry.envSteps === envSteps);
    if (state === undefined) throw this.#folder.damaged(FILES.state);
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

  /** Replaces the kept policy; the one that the checkpoint refers to stays at hand. */
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
    // Nothing happened since: what is on disk is the same.
    if (this.#onDisk?.envSteps === state.envSteps) return;
    await this.#folder.writeJson(FILES.state, { checkpoints: this.#onDisk ? [this.#onDisk, state] : [state] });
    await storage.write(FILES.checkpoint, agent.save());
    this.#onDisk = state;
    if (this.#savedBefore) await storage.delete(FILES.bestBefore);
    this.#savedBefore = false;
  }

  async #readEntries(): Promise<RunState[]> {
    try {
      return JSON.parse((await this.#folder.readText(FILES.state)) ?? "null").checkpoints;
    } catch {
      throw this.#folder.damaged(FILES.state);
    }
  }

  async #hashOf(name: string): Promise<string | undefined> {
    const bytes = await this.#folder.storage.read(name);
    return bytes && sha256Hex([bytes]);
  }
}
