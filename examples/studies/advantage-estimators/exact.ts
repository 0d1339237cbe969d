// Exact results for a tabular environment, from linear equations over the states: values and advantages of a policy, and
// the expected estimates of every advantage estimator. Float64; S states, A actions.

import type { AdvantageSettings } from "../../../src/agents/policy-gradient/advantage.ts";
import type { TransitionTable } from "../../../src/envs/tabular.ts";

/** Probabilities by state and action. */
export type TabularPolicy = readonly (readonly number[])[];

/** Numbers by state and action. */
export type Table = readonly (readonly number[])[];

const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

/** Returns the expectation of `perAction` over the policy's actions, by state. */
export function expectation(policy: TabularPolicy, perAction: Table): number[] {
  return policy.map((probabilities, s) => sum(probabilities.map((p, a) => p * perAction[s][a])));
}

/** Returns the expectation of reward + discount value(next), by state and action. */
export function backup(table: TransitionTable, discount: number, values: readonly number[]): number[][] {
  return table.map((actions) =>
    actions.map((outcomes) =>
      sum(
        outcomes.map(
          ({ probability, reward, nextState, terminated }) =>
            probability * (reward + (terminated ? 0 : discount * values[nextState])),
        ),
      ),
    ),
  );
}

/** Returns V of a policy: the solution of V = backup(V), averaged over the policy's actions. */
export function policyValues(table: TransitionTable, policy: TabularPolicy, discount: number): number[] {
  const rewards = expectation(policy, backup(table, 0, new Array(table.length).fill(0)));
  return solveTraces(table, policy, discount, rewards);
}

/** Returns the advantages A(s, a) = Q(s, a) - V(s). */
export function policyAdvantages(table: TransitionTable, policy: TabularPolicy, discount: number): number[][] {
  const values = policyValues(table, policy, discount);
  return backup(table, discount, values).map((row, s) => row.map((q) => q - values[s]));
}

/** Returns the value of the best action by state, from value iteration to 1e-12. */
export function optimalValues(table: TransitionTable, discount: number): number[] {
  let values: number[] = new Array(table.length).fill(0);
  for (;;) {
    const next = backup(table, discount, values).map((row) => Math.max(...row));
    const change = Math.max(...next.map((value, s) => Math.abs(value - values[s])));
    values = next;
    if (change < 1e-12) return values;
  }
}

/** Returns a policy that takes the best action with probability `share`, otherwise a random action. */
export function partlyGreedyPolicy(table: TransitionTable, discount: number, share: number): number[][] {
  return backup(table, discount, optimalValues(table, discount)).map((row) => {
    const best = row.indexOf(Math.max(...row));
    return row.map((_, a) => (1 - share) / row.length + (a === best ? share : 0));
  });
}

/** Solves x(s) = source(s) + decay E[x(next)] for x. After a terminated step, x(next) is 0. */
export function solveTraces(
  table: TransitionTable,
  policy: TabularPolicy,
  decay: number,
  source: readonly number[],
): number[] {
  const weights = policy.map((row) => row.map(() => 1));
  return solveWeightedTraces(table, policy, weights, decay, source);
}

/** Solves the equation of `solveTraces` with a factor `weights[s][a]` on x(next) after action a. */
function solveWeightedTraces(
  table: TransitionTable,
  policy: TabularPolicy,
  weights: Table,
  decay: number,
  source: readonly number[],
): number[] {
  const system = table.map((actions, s) => {
    const row: number[] = new Array(table.length).fill(0);
    row[s] = 1;
    actions.forEach((outcomes, a) => {
      for (const { probability, nextState, terminated } of outcomes) {
        if (!terminated) row[nextState] -= decay * policy[s][a] * weights[s][a] * probability;
      }
    });
    return row;
  });
  return solveLinear(system, source);
}

/** Solves system x = right for x, by Gaussian elimination with the largest pivot. */
function solveLinear(system: Table, right: readonly number[]): number[] {
  const n = right.length;
  const rows = system.map((row, i) => [...row, right[i]]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i][column] / rows[column][column];
      if (factor !== 0) for (let j = column; j <= n; j++) rows[i][j] -= factor * rows[column][j];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

/** Expected estimates of an estimator in endless rollouts, by state and action. */
export interface ExpectedEstimates {
  readonly advantage: Table;
  readonly returns: Table;
}

/**
 * Returns the expected estimates of an estimator.
 * @param behaviour the policy that acts
 * @param target the policy that learns; it differs from `behaviour` only for V-trace
 * @param values values of the states that the estimator is given
 */
export function expectedEstimates(
  table: TransitionTable,
  behaviour: TabularPolicy,
  target: TabularPolicy,
  settings: AdvantageSettings,
  discount: number,
  values: readonly number[],
): ExpectedEstimates {
  const minusValue = (rows: Table): number[][] => rows.map((row, s) => row.map((value) => value - values[s]));
  const plusValue = (rows: Table): number[][] => rows.map((row, s) => row.map((value) => value + values[s]));
  if (settings.type === "n-step") {
    let ahead: readonly number[] = values;
    for (let k = 1; k < settings.steps; k++) ahead = expectation(behaviour, backup(table, discount, ahead));
    const returns = backup(table, discount, ahead);
    return { advantage: minusValue(returns), returns };
  }
  const delta = minusValue(backup(table, discount, values));
  const weighted = (limit: number): number[][] =>
    settings.type === "v-trace"
      ? behaviour.map((row, s) => row.map((p, a) => Math.min(limit, target[s][a] / p)))
      : behaviour.map((row) => row.map(() => 1));
  const lambda =
    settings.type === "td" ? 0 : settings.type === "gae" || settings.type === "v-trace" ? settings.lambda : 1;
  const rho = weighted(settings.type === "v-trace" ? settings.rhoBar : 1);
  const c = weighted(settings.type === "v-trace" ? settings.cBar : 1);
  const corrected = delta.map((row, s) => row.map((value, a) => rho[s][a] * value));
  const D = solveWeightedTraces(table, behaviour, c, discount * lambda, expectation(behaviour, corrected));
  /** E[D(next)] by state and action. */
  const onward = backup(table, 1, D).map((row, s) => row.map((value, a) => value - rewardOf(table, s, a)));
  const traced = corrected.map((row, s) => row.map((value, a) => value + discount * lambda * c[s][a] * onward[s][a]));
  if (settings.type !== "v-trace") return { advantage: traced, returns: plusValue(traced) };
  const advantage = corrected.map((row, s) => row.map((value, a) => value + rho[s][a] * discount * onward[s][a]));
  return { advantage, returns: plusValue(traced) };
}

function rewardOf(table: TransitionTable, state: number, action: number): number {
  return sum(table[state][action].map(({ probability, reward }) => probability * reward));
}
