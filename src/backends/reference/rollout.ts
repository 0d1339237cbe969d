// Returns and advantages of a rollout [T, E], backwards in time for one environment after the other.

import type {
  GeneralizedAdvantages,
  LambdaReturns,
  NStepAdvantages,
  RolloutOperations,
  VTraceAdvantages,
} from "../../operations/rollout.ts";
import { exp } from "./exp.ts";
import { dataOf } from "./handles.ts";

const f = Math.fround;

export class ReferenceRollout implements RolloutOperations {
  lambdaReturns(steps: number, rollout: LambdaReturns): void {
    const E = rollout.reward.columns;
    const [reward, nextMaxQ] = [dataOf(rollout.reward), dataOf(rollout.nextMaxQ)];
    const [terminated, truncated] = [dataOf(rollout.terminated), dataOf(rollout.truncated)];
    const returns = dataOf(rollout.returns);
    const [discount, lambda, rest] = [f(rollout.discount), f(rollout.lambda), f(1 - rollout.lambda)];
    for (let e = 0; e < E; e++) {
      for (let t = steps - 1; t >= 0; t--) {
        const k = t * E + e;
        const isLast = truncated[k] !== 0 || t === steps - 1;
        const next = isLast ? nextMaxQ[k] : f(f(rest * nextMaxQ[k]) + f(lambda * returns[k + E]));
        returns[k] = terminated[k] !== 0 ? reward[k] : f(reward[k] + f(discount * next));
      }
    }
  }

  gae(steps: number, rollout: GeneralizedAdvantages): void {
    const E = rollout.reward.columns;
    const [reward, value, nextValue] = [dataOf(rollout.reward), dataOf(rollout.value), dataOf(rollout.nextValue)];
    const [terminated, truncated] = [dataOf(rollout.terminated), dataOf(rollout.truncated)];
    const [advantage, returns] = [dataOf(rollout.advantage), dataOf(rollout.returns)];
    const discount = f(rollout.discount);
    const decay = f(rollout.discount * rollout.lambda);
    for (let e = 0; e < E; e++) {
      for (let t = steps - 1; t >= 0; t--) {
        const k = t * E + e;
        const target = terminated[k] !== 0 ? reward[k] : f(reward[k] + f(discount * nextValue[k]));
        const delta = f(target - value[k]);
        const isLast = terminated[k] !== 0 || truncated[k] !== 0 || t === steps - 1;
        advantage[k] = isLast ? delta : f(delta + f(decay * advantage[k + E]));
        returns[k] = f(advantage[k] + value[k]);
      }
    }
  }

  nStepAdvantages(steps: number, rollout: NStepAdvantages): void {
    const E = rollout.reward.columns;
    const [reward, value, nextValue] = [dataOf(rollout.reward), dataOf(rollout.value), dataOf(rollout.nextValue)];
    const [terminated, truncated] = [dataOf(rollout.terminated), dataOf(rollout.truncated)];
    const [advantage, returns] = [dataOf(rollout.advantage), dataOf(rollout.returns)];
    const discount = f(rollout.discount);
    for (let e = 0; e < E; e++) {
      for (let t = 0; t < steps; t++) {
        let last = t;
        while (last < Math.min(t + rollout.horizon, steps) - 1) {
          if (terminated[last * E + e] !== 0 || truncated[last * E + e] !== 0) break;
          last++;
        }
        let k = last * E + e;
        let G = terminated[k] !== 0 ? reward[k] : f(reward[k] + f(discount * nextValue[k]));
        for (k -= E; k >= t * E; k -= E) G = f(reward[k] + f(discount * G));
        returns[t * E + e] = G;
        advantage[t * E + e] = f(G - value[t * E + e]);
      }
    }
  }

  vTrace(steps: number, rollout: VTraceAdvantages): void {
    const E = rollout.reward.columns;
    const [reward, value, nextValue] = [dataOf(rollout.reward), dataOf(rollout.value), dataOf(rollout.nextValue)];
    const [terminated, truncated] = [dataOf(rollout.terminated), dataOf(rollout.truncated)];
    const [target, behaviour] = [dataOf(rollout.logProbability), dataOf(rollout.behaviourLogProbability)];
    const [advantage, returns] = [dataOf(rollout.advantage), dataOf(rollout.returns)];
    const [discount, rhoBar, cBar] = [f(rollout.discount), f(rollout.rhoBar), f(rollout.cBar)];
    const decay = f(rollout.discount * rollout.lambda);
    for (let e = 0; e < E; e++) {
      let D = 0;
      for (let t = steps - 1; t >= 0; t--) {
        const k = t * E + e;
        const ratio = exp(f(target[k] - behaviour[k]));
        const rho = Math.min(rhoBar, ratio);
        const c = Math.min(cBar, ratio);
        const isLast = terminated[k] !== 0 || truncated[k] !== 0 || t === steps - 1;
        const toNextValue = terminated[k] !== 0 ? reward[k] : f(reward[k] + f(discount * nextValue[k]));
        const correction = f(rho * f(toNextValue - value[k]));
        advantage[k] = isLast ? correction : f(rho * f(f(reward[k] + f(discount * returns[k + E])) - value[k]));
        D = isLast ? correction : f(correction + f(f(decay * c) * D));
        returns[k] = f(value[k] + D);
      }
    }
  }
}
