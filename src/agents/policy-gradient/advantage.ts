// Advantage estimators of rollout agents: the option that chooses one, and its computation on a backend. Inputs of every
// estimator are the rewards, values and episode ends of a rollout; outputs are advantages and targets of the values.
//
// The sums of every estimator end where an episode ended and at the end of the rollout. There they add the value of the last
// observation, or nothing if the episode terminated.

import type { Backend } from "../../backend.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import { MAX_SLOTS } from "../../experience/rollout.ts";
import type { Tensor } from "../../operations/handles.ts";
import type { Advantages, GeneralizedAdvantages, NStepAdvantages, VTraceAdvantages } from "../../operations/rollout.ts";

/** Generalized advantages (Schulman et al. 2016): a sum of temporal-difference errors; errors further ahead weigh less. */
export interface GaeOptions {
  /** Name of the estimator. */
  readonly type: "gae";
  /**
   * Horizon, in 0 .. 1: 0 looks one step ahead and trusts the values; 1 sums all rewards.
   * @defaultValue 0.95, as Stable-Baselines3's PPO
   */
  readonly lambda?: number;
}

/**
 * Return to the end of the episode or rollout, minus the value. Largest variance of all estimators; no bias if the episode
 * ends within the rollout.
 */
export interface MonteCarloOptions {
  /** Name of the estimator. */
  readonly type: "monte-carlo";
}

/** Temporal-difference error of one step. Smallest variance of all estimators; the whole bias of the values. */
export interface TemporalDifferenceOptions {
  /** Name of the estimator. */
  readonly type: "td";
}

/** Return of n steps minus the value (Mnih et al. 2016). */
export interface NStepOptions {
  /** Name of the estimator. */
  readonly type: "n-step";
  /** Number of rewards before the value, the n; at least 1. */
  readonly steps: number;
}

/** V-trace (Espeholt et al. 2018, eq. 1), for rollouts that an older policy made. */
export interface VTraceOptions {
  /** Name of the estimator. */
  readonly type: "v-trace";
  /** Largest weight of an error; above 0. @defaultValue 1, as the paper */
  readonly rhoBar?: number;
  /** Largest weight of an error in the sums of earlier steps; above 0, at most rhoBar. @defaultValue 1, as the paper */
  readonly cBar?: number;
  /** Length of the traces, in 0 .. 1: less than 1 shortens them (the paper's remark 2). @defaultValue 1 */
  readonly lambda?: number;
}

/** An advantage estimator with its settings. */
export type AdvantageOptions =
  | GaeOptions
  | MonteCarloOptions
  | TemporalDifferenceOptions
  | NStepOptions
  | VTraceOptions;

/** Name of an advantage estimator. */
export type AdvantageType = AdvantageOptions["type"];

/** Advantage options with all defaults filled in, as a file contains them. */
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

/** Estimators for algorithms that learn from a rollout once, or that correct for their own changes, as PPO does. */
export const ON_POLICY_ADVANTAGES: readonly AdvantageType[] = ["gae", "monte-carlo", "td", "n-step"];

/**
 * Fills in the defaults and checks every value.
 * @param where name of the class, for error messages
 * @param given options of an estimator, or its name for the default settings
 * @param types estimators that the algorithm accepts. Default: ON_POLICY_ADVANTAGES.
 * @throws TypeError or RangeError for an unknown estimator, or a setting that is unknown, missing or out of range
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

/** Returns true for an estimator that weighs actions by their probabilities under the learning and the acting policy. */
export function needsLogProbabilities({ type }: AdvantageSettings): boolean {
  return type === "v-trace";
}

/** Tensors of an estimator, all [T, E]: the rollout that it reads, and the results that it writes. */
export interface AdvantagePlan extends Advantages {
  /**
   * Log-probabilities of the actions under the policy that learns and under the policy that acted. Required if
   * `needsLogProbabilities` is true.
   */
  readonly logProbability?: Tensor;
  readonly behaviourLogProbability?: Tensor;
}

/** Planned estimator of all advantages of a rollout. `estimate` allocates nothing. */
export interface AdvantageEstimator {
  /** [T, E], written: advantage of the action over the policy's average. */
  readonly advantage: Tensor;
  /** [T, E], written: targets of the values. */
  readonly returns: Tensor;
  estimate(): void;
}

/**
 * Plans an estimator once; it then runs for every rollout. An algorithm without values, such as REINFORCE without a baseline,
 * passes a tensor of zeros as `value` and as `nextValue`.
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
  // Sums of temporal-difference errors telescope: with lambda 1 they are returns minus values, with 0 a single error.
  const lambda = settings.type === "gae" ? settings.lambda : settings.type === "td" ? 0 : 1;
  const given: GeneralizedAdvantages = { ...plan, lambda };
  return { advantage, returns, estimate: () => rollout.gae(steps, given) };
}
