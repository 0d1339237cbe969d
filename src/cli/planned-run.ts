// A run that is ready to start or to go on.

import type { Algorithm, Hardware, Placed } from "./algorithm.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import type { RunCheckpoint, RunState } from "./run-checkpoint.ts";
import type { RunConfig, RunFolder } from "./run-folder.ts";

export interface PlannedRun extends Placed {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly checkpoint: RunCheckpoint;
  readonly source: EnvironmentSource;
  readonly algorithm: Algorithm;
  readonly hardware: Hardware;
  /** Of the checkpoint that the run goes on from. */
  readonly state: RunState | undefined;
  /** What a reader should know before it starts. */
  readonly notes: readonly string[];
}

/** A run that has nothing left to do. */
export interface FinishedRun {
  readonly folder: RunFolder;
  readonly result: Readonly<Record<string, unknown>>;
}
