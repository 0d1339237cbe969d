// Exact values of tabular environments by dynamic programming over `transitions()` (Sutton & Barto 2018, chapter 4).

import type { SyncEnv } from "../../src/env.ts";
import type { TransitionTable } from "../../src/envs/tabular.ts";
import { isTabular, type TabularEnv } from "../../src/envs/tabular.ts";
import { unwrap } from "../../src/envs/wrappers/wrapper.ts";

/** Sweeps stop when no value moves by more than this: far below any tolerance of a test. */
const PRECISION = 1e-11;

export function tabular(env: SyncEnv): TabularEnv {
  const inner = unwrap(env);
  if (!isTabular(inner)) throw new TypeError("tabular: environment expected a TabularEnv, got another one.");
  return inner;
}

function backup(table: TransitionTable, values: Float64Array, discount: number, state: number): number[] {
  return table[state].map((outcomes) =>
    outcomes.reduce(
      (sum, { probability, reward, terminated, nextState }) =>
        sum + probability * (reward + (terminated ? 0 : discount * values[nextState])),
      0,
    ),
  );
}

/** Q[state][action] where the value of a state is `worthOf` of its action values. */
function iterate(
  table: TransitionTable,
  discount: number,
  worthOf: (q: number[], state: number) => number,
): number[][] {
  const values = new Float64Array(table.length);
  for (let change = 1; change > PRECISION; ) {
    change = 0;
    for (let state = 0; state < table.length; state++) {
      const value = worthOf(backup(table, values, discount, state), state);
      change = Math.max(change, Math.abs(value - values[state]));
      values[state] = value;
    }
  }
  return table.map((_, state) => backup(table, values, discount, state));
}

/** Q* by value iteration. */
export function optimalQ(table: TransitionTable, discount: number): number[][] {
  return iterate(table, discount, (q) => Math.max(...q));
}

/** Action values of the policy that takes greedy[state], or with probability epsilon a uniformly random action. */
export function epsilonGreedyQ(
  table: TransitionTable,
  discount: number,
  greedy: readonly number[],
  epsilon: number,
): number[][] {
  return iterate(table, discount, (q, state) => epsilonGreedyValue(q, greedy[state], epsilon));
}

export function epsilonGreedyValue(q: ArrayLike<number>, greedy: number, epsilon: number): number {
  let mean = 0;
  for (let a = 0; a < q.length; a++) mean += q[a] / q.length;
  return epsilon * mean + (1 - epsilon) * q[greedy];
}

/** States that the policy can come to from a start, other than by ending the episode. */
export function reachable(env: TabularEnv, policy: (state: number) => number): Set<number> {
  const table = env.transitions();
  const found = new Set<number>();
  for (const [state, probability] of env.startDistribution().entries()) if (probability > 0) found.add(state);
  for (const state of found) {
    for (const { probability, terminated, nextState } of table[state][policy(state)]) {
      if (probability > 0 && !terminated) found.add(nextState);
    }
  }
  return found;
}

/** The mean of a value over the start states. */
export function startMean(env: TabularEnv, worthOf: (state: number) => number): number {
  let sum = 0;
  for (const [state, probability] of env.startDistribution().entries())
    if (probability > 0) sum += probability * worthOf(state);
  return sum;
}
