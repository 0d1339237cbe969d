// Returns and advantages of a rollout, computed backwards in time. Letters: T steps, E environments. Tensors are [T, E]; row
// t holds step t of every environment. A step that ended an episode has 1 in `terminated` or `truncated` (with both,
// terminated counts). Its next observation is the last one of that episode, not the first one after the reset.

import type { Tensor } from "./handles.ts";

/** Inputs and outputs of `lambdaReturns`. All tensors are [T, E]. */
export interface LambdaReturns {
  readonly reward: Tensor;
  /** Largest action value of the next observation. */
  readonly nextMaxQ: Tensor;
  readonly terminated: Tensor;
  readonly truncated: Tensor;
  readonly discount: number;
  /** Trace parameter, 0 .. 1. 0: one-step targets; 1: Monte-Carlo returns. */
  readonly lambda: number;
  /** Written: the lambda-returns. */
  readonly returns: Tensor;
}

/** Inputs and outputs that every estimator of advantages has. All tensors are [T, E]. */
export interface Advantages {
  readonly reward: Tensor;
  /** Value of the observation. */
  readonly value: Tensor;
  /** Value of the next observation. */
  readonly nextValue: Tensor;
  readonly terminated: Tensor;
  readonly truncated: Tensor;
  readonly discount: number;
  /** Written: the advantages. */
  readonly advantage: Tensor;
  /** Written: the targets for the values. */
  readonly returns: Tensor;
}

/** Inputs and outputs of `gae`. */
export interface GeneralizedAdvantages extends Advantages {
  /** Trace parameter, 0 .. 1. 0: temporal-difference errors; 1: Monte-Carlo returns minus values. */
  readonly lambda: number;
}

/** Inputs and outputs of `nStepAdvantages`. */
export interface NStepAdvantages extends Advantages {
  /** Number n of rewards in a return before a value stands for all later rewards; at least 1. */
  readonly horizon: number;
}

/** Inputs and outputs of `vTrace`. */
export interface VTraceAdvantages extends Advantages {
  /** ln pi(action) under the policy that learns. */
  readonly logProbability: Tensor;
  /** ln pi(action) under the behaviour policy, which chose the action. */
  readonly behaviourLogProbability: Tensor;
  /** Upper limit of the weight rho of a temporal-difference error. The limit determines which policy's value is learned. */
  readonly rhoBar: number;
  /** Upper limit of the weight c that carries an error to earlier steps. The limit determines the speed of learning. */
  readonly cBar: number;
  /** Trace parameter. 1: the paper's equation; a smaller number shortens the traces. */
  readonly lambda: number;
}

export interface RolloutOperations {
  /**
   * Targets of Q(lambda) (Gallici et al. 2025, https://arxiv.org/abs/2407.04811; Daley & Amato 2019):
   * G[t] = reward + discount ((1 - lambda) nextMaxQ + lambda G[t + 1]). Where the episode was truncated, and at step T - 1:
   * G[t] = reward + discount nextMaxQ. Where the episode terminated: G[t] = reward, whatever nextMaxQ is.
   */
  lambdaReturns(steps: number, rollout: LambdaReturns): void;

  /**
   * Generalized advantages (Schulman et al. 2016, https://arxiv.org/abs/1506.02438, eq. 16):
   * A[t] = delta + discount lambda A[t + 1], delta = (reward + discount nextValue) - value. Where an episode ended, and at
   * step T - 1: A[t] = delta. Where it terminated: delta = reward - value, whatever nextValue is.
   * The product discount lambda is rounded once. returns = A + value.
   */
  gae(steps: number, rollout: GeneralizedAdvantages): void;

  /**
   * Advantages of n steps (Mnih et al. 2016, https://arxiv.org/abs/1602.01783, section 4): A = G - value. A return G is the
   * sum of n discounted rewards and the discounted nextValue after the last of them. It is computed from the last step to
   * the first: G[k] = reward + discount G[k + 1]. A return ends sooner at step T - 1 and where an episode was truncated,
   * with the nextValue of that step; and where the episode terminated, with no value.
   * Cost: T E min(n, T) steps.
   */
  nStepAdvantages(steps: number, rollout: NStepAdvantages): void;

  /**
   * V-trace (Espeholt et al. 2018, https://arxiv.org/abs/1802.01561, eq. 1 and section 4.2), for rollouts whose behaviour
   * policy is not the policy that learns. With ratio = exp(logProbability - behaviourLogProbability),
   * rho = min(rhoBar, ratio), c = min(cBar, ratio), delta = (reward + discount nextValue) - value:
   *
   *   D[t] = rho delta + (discount lambda) c D[t + 1]           returns v[t] = value + D[t]
   *   A[t] = rho ((reward + discount v[t + 1]) - value)         the factor of grad log pi in the policy's gradient
   *
   * At step T - 1 and where an episode ended: D[t] = rho delta and A[t] = rho delta. Where it terminated:
   * delta = reward - value. Products of several factors are rounded from the left, ((discount lambda) c) D; discount lambda
   * is rounded once. With ratios of 1, D equals the advantage of `gae`.
   */
  vTrace(steps: number, rollout: VTraceAdvantages): void;
}
