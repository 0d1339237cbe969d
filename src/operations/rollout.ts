// Returns and advantages of a rollout, computed backwards in time. Letters: T steps, E environments. Arrays are [T, E],
// row t the t-th step of every environment. A step that ended an episode has 1 in `terminated` or `truncated` (with both,
// terminated counts), and its next observation is the episode's own final one, not the one after the reset.

import type { Tensor } from "./handles.ts";

/** Inputs and outputs of `lambdaReturns`, all [T, E]. */
export interface LambdaReturns {
  readonly reward: Tensor;
  /** Largest value of the next observation. */
  readonly nextMaxQ: Tensor;
  readonly terminated: Tensor;
  readonly truncated: Tensor;
  readonly discount: number;
  /** 0: one-step targets; 1: Monte-Carlo returns. */
  readonly lambda: number;
  /** Written. */
  readonly returns: Tensor;
}

/** Inputs and outputs that every estimator of advantages has, all [T, E]. */
export interface Advantages {
  readonly reward: Tensor;
  /** Value of the observation. */
  readonly value: Tensor;
  /** Value of the next observation. */
  readonly nextValue: Tensor;
  readonly terminated: Tensor;
  readonly truncated: Tensor;
  readonly discount: number;
  /** Written. */
  readonly advantage: Tensor;
  /** Written: the targets of the values. */
  readonly returns: Tensor;
}

export interface GeneralizedAdvantages extends Advantages {
  /** 0: temporal-difference errors; 1: Monte-Carlo returns minus values. */
  readonly lambda: number;
}

export interface NStepAdvantages extends Advantages {
  /** n, at least 1: rewards that are summed before the value takes their place. */
  readonly horizon: number;
}

export interface VTraceAdvantages extends Advantages {
  /** Of the action under the policy that learns. */
  readonly logProbability: Tensor;
  /** Of the action under the behaviour policy, which took it. */
  readonly behaviourLogProbability: Tensor;
  /** The most that a temporal-difference error weighs; it decides which policy's value is learned. */
  readonly rhoBar: number;
  /** The most that an error weighs for the steps before it; it decides how fast. */
  readonly cBar: number;
  /** 1 in the paper's equation; less shortens the traces. */
  readonly lambda: number;
}

export interface RolloutOperations {
  /**
   * Targets of Q(lambda) (Gallici et al. 2025, https://arxiv.org/abs/2407.04811; Daley & Amato 2019):
   * G[t] = reward + discount ((1 - lambda) nextMaxQ + lambda G[t + 1]); reward + discount nextMaxQ where the episode was
   * truncated and at step T - 1; reward alone where it terminated, whatever nextMaxQ says.
   */
  lambdaReturns(steps: number, rollout: LambdaReturns): void;

  /**
   * Generalized advantages (Schulman et al. 2016, https://arxiv.org/abs/1506.02438, eq. 16):
   * A[t] = delta + discount lambda A[t + 1], delta = (reward + discount nextValue) - value, without A[t + 1] where an
   * episode ended and at step T - 1; delta = reward - value where it terminated, whatever nextValue says.
   * discount lambda is rounded once. returns = A + value.
   */
  gae(steps: number, rollout: GeneralizedAdvantages): void;

  /**
   * Advantages of n steps (Mnih et al. 2016, https://arxiv.org/abs/1602.01783, section 4): returns G are sums of n discounted
   * rewards and the discounted nextValue after the last of them, from the last step to the first: G[k] = reward +
   * discount G[k + 1]. They end sooner at step T - 1 and where an episode was truncated, with that step's nextValue, and
   * where it terminated, without. A = G - value.
   * Cost: T E min(n, T) steps.
   */
  nStepAdvantages(steps: number, rollout: NStepAdvantages): void;

  /**
   * V-trace (Espeholt et al. 2018, https://arxiv.org/abs/1802.01561, eq. 1 and section 4.2), for rollouts of another policy than
   * the one that learns. With ratio = exp(logProbability - behaviourLogProbability), rho = min(rhoBar, ratio),
   * c = min(cBar, ratio), delta = (reward + discount nextValue) - value:
   *
   *   D[t] = rho delta + (discount lambda) c D[t + 1]           returns v[t] = value + D[t]
   *   A[t] = rho ((reward + discount v[t + 1]) - value)         the factor of grad log pi in the policy's gradient
   *
   * D[t] = rho delta and A[t] = rho delta at step T - 1 and where an episode ended; delta = reward - value where it
   * terminated. Products with several factors are rounded from the left: ((discount lambda) c) D; discount lambda is rounded
   * once. With ratios of 1, D is `gae`'s advantage.
   */
  vTrace(steps: number, rollout: VTraceAdvantages): void;
}
