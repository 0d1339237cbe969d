// Advantage estimators of rollout agents: the option that chooses one, and what computes it on a backend. All share one
// interface: from rewards, values and ends of a rollout to advantages and what the values should have been.
//
// Every estimator ends its sums where an episode ended and at the rollout's end, with the value of the observation that was
// reached there; with nothing where the episode terminated.

import type { Backend } from "../../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { MAX_SLOTS } from "../../experience/rollout.ts";
import type { Tensor } from "../../operations/handles.ts";
import type { Advantages, GeneralizedAdvantages, NStepAdvantages, VTraceAdvantages } from "../../operations/rollout.ts";

/** Generalized advantages (Schulman et al. 2016): temporal-difference errors, those further ahead weighing less. */
export interface GaeOptions {
  readonly type: "gae";
  /** How far the estimate looks before it trusts the values, in 0 .. 1. @defaultValue 0.95, as Stable-Baselines3's PPO */
  readonly lambda?: number;
}

/** The return to the end of the episode or rollout, minus the value. No bias where the episode ends within; most variance. */
export interface MonteCarloOptions {
  readonly type: "monte-carlo";
}

/** The temporal-difference error of one step. Least variance; all of the values' bias. */
export interface TemporalDifferenceOptions {
  readonly type: "td";
}

/** The return of n steps minus the value (Mnih et al. 2016). */
export interface NStepOptions {
  readonly type: "n-step";
  /** n, at least 1. */
  readonly steps: number;
}

/** For rollouts of an older policy (Espeholt et al. 2018, eq. 1). */
export interface VTraceOptions {
  readonly type: "v-trace";
  /** The most that an error weighs; above 0. @defaultValue 1, as the paper */
  readonly rhoBar?: number;
  /** The most that an error weighs for the steps before it; above 0, at most rhoBar. @defaultValue 1, as the paper */
  readonly cBar?: number;
  /** In 0 .. 1; less than 1 shortens the traces (the paper's remark 2). @defaultValue 1 */
  readonly lambda?: number;
}

export type AdvantageOptions =
  | GaeOptions
  | MonteCarloOptions
  | TemporalDifferenceOptions
  | NStepOptions
  | VTraceOptions;

export type AdvantageType = AdvantageOptions["type"];

/** Options with every default filled in: part of checkpoints. */
export type AdvantageSettings =
  | Required<GaeOptions>
  | MonteCarloOptions
  | TemporalDifferenceOptions
  | NStepOptions
  | Required<VTraceOptions>;

const DEFAULTS: Readonly<Record<AdvantageType, object>> = {
  gae: { lambda: 0.95 },
  "monte-carlo": {},
  td: {},
  "n-step": { steps: undefined },
  "v-trace": { rhoBar: 1, cBar: 1, lambda: 1 },
};

/** What an algorithm can take that uses every rollout once, or corrects for its own changes, as PPO does. */
export const ON_POLICY_ADVANTAGES: readonly AdvantageType[] = ["gae", "monte-carlo", "td", "n-step"];

/**
 * @param where the class that is told, for messages
 * @param given options, or the name of an estimator whose defaults are wanted
 * @param types what the algorithm can take
 * @throws TypeError or RangeError when they name no estimator, or a setting is unknown, missing or out of range
 */
export function readAdvantageOptions(
  where: string,
  given: AdvantageOptions | AdvantageType,
  types: readonly AdvantageType[] = ON_POLICY_ADVANTAGES,
): AdvantageSettings {
  const options: unknown = typeof given === "string" ? { type: given } : given;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${where}: advantage expected an estimator, got ${show(given)}. Pass its name or options, as { type: "gae", lambda: 0.95 }.`,
    );
  }
  const { type } = options as Partial<AdvantageOptions>;
  if (type === undefined || !types.includes(type)) {
    throw new RangeError(
      `${where}: advantage.type expected one of ${types.join(", ")}, got ${show(type)}. Choose one.`,
    );
  }
  const defaults = DEFAULTS[type];
  rejectUnknownOptions(`${where}: advantage`, options, ["type", ...Object.keys(defaults)]);
  const settings = { ...defaults, ...options } as AdvantageSettings;
  if (settings.type === "gae" || settings.type === "v-trace") {
    const rule = { min: 0, max: 1 };
    requireNumber(where, "advantage.lambda", settings.lambda, rule, "0 looks one step ahead, 1 to the end.");
  }
  if (settings.type === "n-step") {
    const rule = { integer: true, min: 1, max: MAX_SLOTS };
    requireNumber(where, "advantage.steps", settings.steps, rule, "It counts rewards before the value: 5 is common.");
  }
  if (settings.type === "v-trace") {
    const { rhoBar, cBar } = settings;
    requireNumber(where, "advantage.rhoBar", rhoBar, { above: 0 }, "The paper's is 1.");
    requireNumber(where, "advantage.cBar", cBar, { above: 0, max: rhoBar }, "It is at most rhoBar; the paper's is 1.");
  }
  return settings;
}

/** Whether the estimator weighs actions by their probability under both policies. */
export function needsLogProbabilities({ type }: AdvantageSettings): boolean {
  return type === "v-trace";
}

/** Where an estimator finds a rollout and puts its results: tensors [T, E]. */
export interface AdvantagePlan extends Advantages {
  /** Of the actions under the policy that learns and under the one that acted; where `needsLogProbabilities` says so. */
  readonly logProbability?: Tensor;
  readonly behaviourLogProbability?: Tensor;
}

/** Estimates all advantages of a rollout. Its `estimate` allocates nothing. */
export interface AdvantageEstimator {
  /** [T, E], written: how much better the action was than the policy. */
  readonly advantage: Tensor;
  /** [T, E], written: what the value should have been. */
  readonly returns: Tensor;
  estimate(): void;
}

/**
 * Plans an estimator once, to be run for every rollout. Without values to compare with, as in REINFORCE without a baseline,
 * pass a tensor of zeros as both.
 * @throws TypeError when the estimator needs log-probabilities and the plan has none
 */
export function createAdvantageEstimator(
  backend: Backend,
  settings: AdvantageSettings,
  plan: AdvantagePlan,
): AdvantageEstimator {
  const { rollout } = backend;
  const { advantage, returns } = plan;
  const steps = plan.reward.rows;
  if (settings.type === "n-step") {
    const given: NStepAdvantages = { ...plan, horizon: settings.steps };
    return { advantage, returns, estimate: () => rollout.nStepAdvantages(steps, given) };
  }
  if (settings.type === "v-trace") {
    const { logProbability, behaviourLogProbability } = plan;
    if (logProbability === undefined || behaviourLogProbability === undefined) {
      throw new TypeError(
        "createAdvantageEstimator: plan expected the log-probabilities of both policies for v-trace, got none. Pass both.",
      );
    }
    const { rhoBar, cBar, lambda } = settings;
    const given: VTraceAdvantages = { ...plan, logProbability, behaviourLogProbability, rhoBar, cBar, lambda };
    return { advantage, returns, estimate: () => rollout.vTrace(steps, given) };
  }
  // Sums of temporal-difference errors telescope: with lambda 1 they are returns minus values, with 0 there is one.
  const lambda = settings.type === "gae" ? settings.lambda : settings.type === "td" ? 0 : 1;
  const given: GeneralizedAdvantages = { ...plan, lambda };
  return { advantage, returns, estimate: () => rollout.gae(steps, given) };
}
