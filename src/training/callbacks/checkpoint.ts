// Callback that saves the whole run at regular intervals, so that the run can continue exactly after a crash.

import type { Callback, RunView } from "../../agent.ts";
import { DivergenceError, rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { Storage } from "../../storage.ts";

/** Options of `CheckpointCallback`. */
export interface CheckpointOptions {
  /** Storage that checkpoints are written to. */
  readonly storage: Storage;
  /** Name of the checkpoint in the storage. @defaultValue "checkpoint.safetensors" */
  readonly name?: string;
  /** Environment steps between two checkpoints. */
  readonly everySteps: number;
}

/**
 * Callback that saves the whole run at regular intervals and at the end of `learn`. Every checkpoint replaces the previous
 * one. Only for `learn`, not for `learnSync`: storage is asynchronous.
 */
export class CheckpointCallback implements Callback {
  readonly name = "checkpoint";
  readonly everySteps: number;
  /** Environment steps at the last checkpoint; -1 before the first. */
  savedAt = -1;
  readonly #storage: Storage;
  readonly #blob: string;

  constructor(options: CheckpointOptions) {
    const where = "CheckpointCallback";
    rejectUnknownOptions(where, options, ["storage", "name", "everySteps"]);
    this.#storage = requireStorage(where, options.storage);
    this.#blob = options.name ?? "checkpoint.safetensors";
    const rule = { integer: true, min: 1 };
    this.everySteps = requireNumber(where, "everySteps", options.everySteps, rule, "It counts environment steps.");
  }

  onStart(run: RunView): void {
    refuseSync("CheckpointCallback", run);
  }

  onStep(run: RunView): Promise<void> {
    return this.#save(run);
  }

  async onEnd(run: RunView): Promise<void> {
    if (run.envSteps !== this.savedAt) await this.#save(run);
  }

  /**
   * Saves a checkpoint.
   * @throws DivergenceError for weights that are not finite: the last good one stays; Error when the storage fails
   */
  async #save(run: RunView): Promise<void> {
    const { agent, envSteps } = run;
    await agent.sync();
    if (!agent.hasFiniteWeights()) {
      throw new DivergenceError(
        `CheckpointCallback: weights expected finite numbers, got NaN or infinity at environment step ${envSteps}. ` +
          `Go on from the last good checkpoint (${this.savedAt < 0 ? "none of this run" : `step ${this.savedAt}`}) with a lower learning rate.`,
      );
    }
    await writeBlob("CheckpointCallback", this.#storage, this.#blob, agent.save(), envSteps);
    this.savedAt = envSteps;
  }
}

export function requireStorage(where: string, storage: Storage): Storage {
  if (typeof storage?.write === "function") return storage;
  throw new TypeError(
    `${where}: storage expected a Storage, got ${show(storage)}. Use MemoryStorage, or DiskStorage of bellwether/node.`,
  );
}

/** Refuses `learnSync` at its start, since nothing could be stored. @throws TypeError in `learnSync` */
export function refuseSync(where: string, run: RunView): void {
  if (!run.isSync) return;
  throw new TypeError(`${where}: run expected learn, got learnSync, which cannot wait for the storage. Use learn.`);
}

/** Writes a blob. @throws Error that names the blob and the step, with the storage's own error as its cause */
export async function writeBlob(
  where: string,
  storage: Storage,
  name: string,
  bytes: Uint8Array,
  envSteps: number,
): Promise<void> {
  try {
    await storage.write(name, bytes);
  } catch (error) {
    throw new Error(
      `${where}: storage expected to take ${bytes.length} bytes as ${show(name)} at environment step ${envSteps}, got ${String(error)}. ` +
        "The blob before it and the agent are intact: mend the storage and call learn again.",
      { cause: error },
    );
  }
}
