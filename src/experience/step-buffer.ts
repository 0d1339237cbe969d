// A reusable buffer of checked and encoded steps, one per row.

import type { SpaceValue } from "../space.ts";
import { planChoice } from "./actor.ts";
import type { StepRows } from "./experience.ts";

/** Rows of steps whose arrays are allocated once. */
export class StepBuffer implements StepRows {
  rows = 0;
  first = 0;
  readonly observation: Float32Array;
  action: Float32Array;
  given: Float32Array;
  readonly reward: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly next: Float32Array;
  skip: Uint8Array | null = null;
  nextValues: SpaceValue[] | null = null;

  /** @param rows largest number of rows */
  constructor(rows: number, observationSize: number, actionSize: number) {
    const { action, given } = planChoice(rows, actionSize);
    this.observation = new Float32Array(rows * observationSize);
    this.action = action;
    this.given = given;
    this.reward = new Float64Array(rows);
    this.terminated = new Uint8Array(rows);
    this.truncated = new Uint8Array(rows);
    this.next = new Float32Array(rows * observationSize);
  }

  /** Returns true when the step of a row ended its episode. */
  hasEnded(row: number): boolean {
    return this.terminated[row] !== 0 || this.truncated[row] !== 0;
  }
}
