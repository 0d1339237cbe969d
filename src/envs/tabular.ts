// Environments whose whole dynamics fit in a table: for dynamic programming, and for checking learners against exact values.

import type { Pcg64 } from "../engine/random.ts";
import type { Env, Info, ResetResult, StepResult, SyncEnv } from "../env.ts";
import type { Discrete } from "../space.ts";
import { type ResetSettings, SeededEnv } from "./seeded-env.ts";

/** One way in which an action may end. */
export interface TabularTransition {
  readonly probability: number;
  readonly nextState: number;
  readonly reward: number;
  /** The episode ends here: the value of `nextState` does not count. */
  readonly terminated: boolean;
}

/** Outcomes by state and action, `table[state][action]`; the probabilities of each list sum to 1. */
export type TransitionTable = readonly (readonly (readonly TabularTransition[])[])[];

/** An environment with states 0 .. n - 1 and actions 0 .. m - 1 that lays its dynamics open. */
export interface TabularEnv extends SyncEnv<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  /** The table that `step` draws from; not to be changed. */
  transitions(): TransitionTable;
  /** The probability of each state to be the first of an episode. */
  startDistribution(): readonly number[];
}

export function isTabular(env: Env): env is TabularEnv {
  return typeof (env as Partial<TabularEnv>).transitions === "function";
}

/**
 * A table driven by one draw per reset and one per step, even where the outcome is certain: Gymnasium's order of draws.
 * A subclass fills the table and draws the pictures.
 */
export abstract class TableDrivenEnv extends SeededEnv<number, number> implements TabularEnv {
  abstract override readonly observationSpace: Discrete;
  abstract override readonly actionSpace: Discrete;
  protected readonly table: TransitionTable;
  protected readonly start: readonly number[];
  protected current = 0;
  /** The last action, -1 after a reset: pictures show it. */
  protected lastAction = -1;

  constructor(name: string, table: TransitionTable, start: readonly number[]) {
    super(name);
    this.table = table;
    this.start = start;
  }

  transitions(): TransitionTable {
    return this.table;
  }

  startDistribution(): readonly number[] {
    return this.start;
  }

  step(action: number): StepResult<number> {
    this.requireDiscrete(action, this.actionSpace.n);
    this.requireEpisode();
    const outcome = drawOutcome(this.table[this.current][action], this.random.random());
    const nextState = this.arrive(outcome.nextState);
    this.current = nextState;
    this.lastAction = action;
    return {
      observation: nextState,
      reward: outcome.reward,
      terminated: outcome.terminated,
      truncated: false,
      info: this.describe(nextState, outcome.probability),
    };
  }

  protected begin(random: Pcg64, _settings: ResetSettings): ResetResult<number> {
    this.current = drawState(this.start, random.random());
    this.lastAction = -1;
    return { observation: this.current, info: this.describe(this.current, 1) };
  }

  /** Where a step to `nextState` really leads; for dynamics that the table leaves out. */
  protected arrive(nextState: number): number {
    return nextState;
  }

  /** @param probability of the outcome drawn, as Gymnasium reports it */
  protected describe(_state: number, probability: number): Info {
    return { prob: probability };
  }

  protected writeEpisode(): number[] {
    return [this.current, this.lastAction];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const [state, action] = numbers;
    const stateFits = Number.isInteger(state) && state >= 0 && state < this.table.length;
    const actionFits = Number.isInteger(action) && action >= -1 && action < this.actionSpace.n;
    if (numbers.length !== 2 || !stateFits || !actionFits) return false;
    this.current = state;
    this.lastAction = action;
    return true;
  }
}

// The first entry whose running sum exceeds the draw; the first of all when rounding leaves none, as in Gymnasium.

function drawOutcome(outcomes: readonly TabularTransition[], draw: number): TabularTransition {
  let sum = 0;
  for (let i = 0; i < outcomes.length; i++) {
    sum += outcomes[i].probability;
    if (sum > draw) return outcomes[i];
  }
  return outcomes[0];
}

function drawState(distribution: readonly number[], draw: number): number {
  let sum = 0;
  for (let i = 0; i < distribution.length; i++) {
    sum += distribution[i];
    if (sum > draw) return i;
  }
  return 0;
}
