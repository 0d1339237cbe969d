// The saved state of the service. It is one blob, so that the agent and the decisions that wait for feedback always agree:
//
//   | u32 n, little-endian | JSON, n bytes: version, counters, decisions | the agent's own checkpoint |

import { CheckpointError } from "bellwether";
import type { Decision } from "./decision-ledger.ts";

/** Counts since the first start of the service. They survive restarts. */
export interface Counters {
  decisions: number;
  feedback: number;
  refusedFeedback: number;
  lostDecisions: number;
  policyUploads: number;
  checkpoints: number;
}

export interface LearnerState {
  readonly counters: Readonly<Counters>;
  readonly decisions: readonly Decision[];
  readonly agent: Uint8Array;
}

const VERSION = 1;

export function encodeLearnerState({ counters, decisions, agent }: LearnerState): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ version: VERSION, counters, decisions }));
  const bytes = new Uint8Array(4 + text.length + agent.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(agent, 4 + text.length);
  return bytes;
}

/** @throws CheckpointError when the bytes are damaged or of another version */
export function decodeLearnerState(bytes: Uint8Array): LearnerState {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let state: { version?: unknown; counters?: Counters; decisions?: Decision[] };
  try {
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length)));
  } catch {
    throw new CheckpointError("learner file: head expected JSON, got something else. The blob is damaged.");
  }
  const { version, counters, decisions } = state;
  if (version !== VERSION || counters === undefined || !Array.isArray(decisions)) {
    throw new CheckpointError(
      `learner file: version expected ${VERSION}, got ${version}. It was written by another release of this service.`,
    );
  }
  return { counters, decisions, agent: bytes.subarray(4 + length) };
}
