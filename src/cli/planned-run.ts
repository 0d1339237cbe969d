// The types of a run that can start or continue, and of a finished run.

import type { Algorithm, Hardware, Placed } from "./algorithm.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import type { RunCheckpoint, RunState } from "./run-checkpoint.ts";
import type { RunConfig, RunFolder } from "./run-folder.ts";

/** A run that is ready to start or to continue. */
export interface PlannedRun extends Placed {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly checkpoint: RunCheckpoint;
  readonly source: EnvironmentSource;
  readonly algorithm: Algorithm;
  readonly hardware: Hardware;
  /** State of the checkpoint that the run continues from; undefined for a run that starts at its first step. */
  readonly state: RunState | undefined;
  /** Warnings for the user, printed before the run starts. */
  readonly notes: readonly string[];
}

/** A run that is already finished. */
export interface FinishedRun {
  readonly folder: RunFolder;
  readonly result: Readonly<Record<string, unknown>>;
}
