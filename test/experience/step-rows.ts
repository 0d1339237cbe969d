// Steps as experience takes them, filled by hand.

import { StepBuffer } from "../../src/experience/step-buffer.ts";
import type { SpaceValue } from "../../src/space.ts";

export interface WrittenStep {
  readonly observation: readonly number[];
  readonly next: readonly number[];
  readonly action?: readonly number[];
  /** As environments were given it. [action] */
  readonly given?: readonly number[];
  readonly reward?: number;
  readonly terminated?: boolean;
  readonly truncated?: boolean;
  readonly skip?: boolean;
  readonly value?: SpaceValue;
}

/** Rows of a step. @param first environment of row 0 */
export function stepOf(rows: readonly WrittenStep[], first: number = 0): StepBuffer {
  const [{ observation, action = [0] }] = rows;
  const step = new StepBuffer(rows.length, observation.length, action.length);
  step.rows = rows.length;
  step.first = first;
  if (rows.some(({ skip }) => skip)) step.skip = Uint8Array.from(rows, ({ skip }) => (skip ? 1 : 0));
  if (rows.some(({ value }) => value !== undefined)) step.nextValues = rows.map(({ value = 0 }) => value);
  for (const [row, written] of rows.entries()) {
    const { action: stored = [0], given = stored } = written;
    step.observation.set(written.observation, row * observation.length);
    step.next.set(written.next, row * observation.length);
    step.action.set(stored, row * stored.length);
    step.given.set(given, row * stored.length);
    step.reward[row] = written.reward ?? 0;
    step.terminated[row] = written.terminated ? 1 : 0;
    step.truncated[row] = written.truncated ? 1 : 0;
  }
  return step;
}
