// Losses of a policy and of its value function. B rows; sums in float64, in batch order.

import {
  type PolicyLoss,
  type PolicyLossOperations,
  SurrogateMetric,
  type ValueLoss,
} from "../../operations/policy-loss.ts";
import { exp } from "./exp.ts";
import { dataOf } from "./handles.ts";

const f = Math.fround;

/** Term of one row in the loss, and its slope by ln pi, both before the mean; and d = ln of the ratio. */
interface Term {
  readonly loss: number;
  readonly ratio: number;
  readonly d: number;
  readonly slope: number;
}

function plainTerm(logProbability: number, advantage: number): Term {
  return { loss: f(advantage * logProbability), ratio: 1, d: 0, slope: advantage };
}

function clippedTerm(logProbability: number, old: number, advantage: number, low: number, high: number): Term {
  const d = f(logProbability - old);
  const ratio = exp(d);
  const free = f(ratio * advantage);
  const limited = f((ratio < low ? low : ratio > high ? high : ratio) * advantage);
  const isFree = free <= limited;
  return { loss: isFree ? free : limited, ratio, d, slope: isFree ? free : 0 };
}

export class ReferencePolicyLoss implements PolicyLossOperations {
  surrogate(rows: number, loss: PolicyLoss): void {
    const [logProbability, old] = [dataOf(loss.logProbability), dataOf(loss.oldLogProbability)];
    const [advantage, entropy] = [dataOf(loss.advantage), dataOf(loss.entropy)];
    const [dLogProbability, metrics] = [dataOf(loss.dLogProbability), dataOf(loss.metrics)];
    const range = f(loss.clip);
    const [low, high] = [f(1 - range), f(1 + range)];
    let [sum, kl, clipped, entropies] = [0, 0, 0, 0];
    for (let b = 0; b < rows; b++) {
      const term =
        old === null
          ? plainTerm(logProbability[b], advantage[b])
          : clippedTerm(logProbability[b], old[b], advantage[b], low, high);
      sum -= term.loss;
      const excess = f(term.ratio - 1);
      kl += f(excess - term.d);
      if (Math.abs(excess) > range) clipped++;
      entropies += entropy[b];
      dLogProbability[b] = f(-term.slope / rows);
    }
    metrics[SurrogateMetric.loss] = sum / rows;
    metrics[SurrogateMetric.entropy] = entropies / rows;
    metrics[SurrogateMetric.approximateKl] = kl / rows;
    metrics[SurrogateMetric.clipFraction] = clipped / rows;
  }

  value(rows: number, loss: ValueLoss): void {
    const [value, target, old] = [dataOf(loss.value), dataOf(loss.target), dataOf(loss.oldValue)];
    const dValue = dataOf(loss.dValue);
    const range = f(loss.clip);
    const factor = f(2 * loss.weight);
    let sum = 0;
    for (let b = 0; b < rows; b++) {
      const error = f(value[b] - target[b]);
      let square = f(error * error);
      let slope = f(f(factor * error) / rows);
      const change = old === null ? 0 : f(value[b] - old[b]);
      if (old !== null && Math.abs(change) > range) {
        const limited = f(f(change > 0 ? f(old[b] + range) : f(old[b] - range)) - target[b]);
        const limitedSquare = f(limited * limited);
        if (limitedSquare > square) {
          square = limitedSquare;
          slope = 0;
        }
      }
      sum += square;
      dValue[b] = slope;
    }
    dataOf(loss.metrics)[0] = sum / rows;
  }
}
