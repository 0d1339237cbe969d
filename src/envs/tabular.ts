// Environments whose dynamics fit in a table. They serve dynamic programming, and tests of learners against exact values.

import type { Pcg64 } from "../engine/random.ts";
import type { Env, Info, ResetResult, StepResult, SyncEnv } from "../env.ts";
import type { Discrete } from "../space.ts";
import { type ResetSettings, SeededEnv } from "./seeded-env.ts";

/** One possible outcome of an action in a state. */
export interface TabularTransition {
  /** Probability of this outcome, 0 .. 1. */
  readonly probability: number;
  /** Index of the state after the action. */
  readonly nextState: number;
  /** Reward of the step. */
  readonly reward: number;
  /** True when the episode ends with this step: the value of `nextState` then does not count. */
  readonly terminated: boolean;
}

/** Outcomes by state and action: `table[state][action]`. The probabilities of each list of outcomes sum to 1. */
export type TransitionTable = readonly (readonly (readonly TabularTransition[])[])[];

/** An environment with states 0 .. n - 1 and actions 0 .. m - 1 whose exact dynamics can be read. */
export interface TabularEnv extends SyncEnv<number, number> {
  /** The states, 0 .. n - 1. */
  readonly observationSpace: Discrete;
  /** The actions, 0 .. m - 1. */
  readonly actionSpace: Discrete;
  /** Returns the table from which `step` draws. Do not change it. */
  transitions(): TransitionTable;
  /** Returns, for each state, the probability that an episode starts there. */
  startDistribution(): readonly number[];
}

/** True for an environment whose exact dynamics can be read with `transitions`. */
export function isTabular(env: Env): env is TabularEnv {
  return typeof (env as Partial<TabularEnv>).transitions === "function";
}

/**
 * Base class of environments that step through a table. Every reset and every step makes one random draw, even when the outcome
 * is certain: this is Gymnasium's order of draws. A subclass fills the table and draws the pictures.
 */
export abstract class TableDrivenEnv extends SeededEnv<number, number> implements TabularEnv {
  abstract override readonly observationSpace: Discrete;
  abstract override readonly actionSpace: Discrete;
  protected readonly table: TransitionTable;
  protected readonly start: readonly number[];
  protected current = 0;
  /** The last action, or -1 after a reset. Pictures show it. */
  protected lastAction = -1;

  /**
   * @param name  name in messages and saved states
   * @param table outcomes by state and action
   * @param start probability of each state at the start of an episode
   */
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

  /** Returns the state that a step to `nextState` really leads to. Overridden for dynamics that the table leaves out. */
  protected arrive(nextState: number): number {
    return nextState;
  }

  /** Returns the info of a step. @param probability probability of the drawn outcome, as in Gymnasium */
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

// Both functions return the first entry whose running sum exceeds the draw. If rounding leaves no such entry, they return the
// very first entry, as in Gymnasium.

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
