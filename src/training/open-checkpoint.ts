// The first part of every agent's `load`: a file of this algorithm, for this environment.

import { CheckpointError, show } from "../errors.ts";
import { type Checkpoint, decodeCheckpoint, requireObject } from "../formats/checkpoint.ts";
import type { Workplace } from "./trainable-agent.ts";

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The environment, or without one the saved spaces. */
  readonly workplace: Workplace;
  /** As the file has them: still to be checked. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** @throws CheckpointError when the bytes are damaged, of another algorithm, or saved in other spaces than the environment's */
export function openCheckpoint(
  where: string,
  algorithm: string,
  bytes: Uint8Array,
  env: Workplace | undefined,
): OpenedCheckpoint {
  const checkpoint = decodeCheckpoint(bytes);
  if (checkpoint.algorithm !== algorithm) {
    throw new CheckpointError(
      `${where}: algorithm expected "${algorithm}", got ${show(checkpoint.algorithm)}. Load it with its own class.`,
    );
  }
  for (const space of ["observationSpace", "actionSpace"] as const) {
    if (env !== undefined && JSON.stringify(env[space]) !== JSON.stringify(checkpoint[space])) {
      throw new CheckpointError(
        `${where}: ${space} expected the saved ${checkpoint[space].kind} space, got another ${env[space].kind} one. Pass the environment that the agent was trained in.`,
      );
    }
  }
  const { observationSpace, actionSpace } = checkpoint;
  return {
    checkpoint,
    workplace: env ?? { observationSpace, actionSpace },
    settings: requireObject("settings", checkpoint.data.settings),
  };
}
