// Action distributions: one row after the other, one part of an action after the other.

import type {
  ActionDistribution,
  ActionDistributionOperations,
  CategoricalDistribution,
  GaussianDistribution,
} from "../../operations/action-distribution.ts";
import type { RandomStream, Tensor } from "../../operations/handles.ts";
import { bitDivergence, bitEntropy, bitGradient, bitInformation, bitLogProbability } from "./action-bernoulli.ts";
import { Choice, eachChoice } from "./action-categorical.ts";
import { normalDivergence, normalEntropy, normalGradient, normalLogProbability } from "./action-gaussian.ts";
import { argmax } from "./argmax.ts";
import { exp, sigmoid } from "./exp.ts";
import { dataOf, stateOf } from "./handles.ts";
import { sampleCategorical } from "./random-categorical.ts";
import { fillNormal, uniform } from "./xoshiro.ts";

const f = Math.fround;

/** Calls `visit` for every choice of the first `rows` rows, normalised. */
function eachNormalized(
  rows: number,
  distribution: CategoricalDistribution,
  visit: (options: Choice, row: number, choice: number, start: number, n: number) => void,
): void {
  const [x, mask] = [dataOf(distribution.logits), dataOf(distribution.mask)];
  eachChoice(rows, dataOf(distribution.choices), (row, choice, start, n) => {
    visit(new Choice(x, mask, start, n), row, choice, start, n);
  });
}

/** Returns the offset of the logarithms of a row's deviations. */
function deviationStart({ deviations, mean }: GaussianDistribution, row: number): number {
  return deviations === "shared" ? 0 : row * mean.columns;
}

export class ReferenceActionDistribution implements ActionDistributionOperations {
  sample(stream: RandomStream | null, rows: number, distribution: ActionDistribution, action: Tensor): void {
    const actions = dataOf(action);
    const state = stream === null ? null : stateOf(stream);
    const P = action.columns;
    if (distribution.family === "categorical") {
      const [x, mask] = [dataOf(distribution.logits), dataOf(distribution.mask)];
      eachChoice(rows, dataOf(distribution.choices), (row, choice, start, n) => {
        const allowed = mask === null ? null : mask.subarray(start, start + n);
        actions[row * P + choice] =
          state === null ? argmax(x, start, n, allowed) : sampleCategorical(state, x, start, n, 1, allowed);
      });
    } else if (distribution.family === "bernoulli") {
      const x = dataOf(distribution.logits);
      for (let k = 0; k < rows * P; k++) {
        const isSet = state === null ? x[k] > 0 : uniform(state) < sigmoid(x[k]);
        actions[k] = isSet ? 1 : 0;
      }
    } else {
      const [mean, s] = [dataOf(distribution.mean), dataOf(distribution.logDeviation)];
      const noise = new Float32Array(P);
      for (let row = 0; row < rows; row++) {
        if (state !== null) fillNormal(state, noise, 0, 1);
        const first = deviationStart(distribution, row);
        for (let d = 0; d < P; d++) {
          const k = row * P + d;
          actions[k] = state === null ? mean[k] : f(mean[k] + f(exp(s[first + d]) * noise[d]));
        }
      }
    }
  }

  evaluate(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    logProbability: Tensor,
    entropy: Tensor,
  ): void {
    const [actions, logs, entropies] = [dataOf(action), dataOf(logProbability), dataOf(entropy)];
    const P = action.columns;
    logs.fill(0, 0, rows);
    entropies.fill(0, 0, rows);
    const add = (row: number, log: number, H: number): void => {
      logs[row] = f(logs[row] + log);
      entropies[row] = f(entropies[row] + H);
    };
    if (distribution.family === "categorical") {
      eachNormalized(rows, distribution, (options, row, choice) => {
        add(row, options.logProbability(actions[row * P + choice]), options.entropy());
      });
    } else if (distribution.family === "bernoulli") {
      const x = dataOf(distribution.logits);
      for (let k = 0; k < rows * P; k++) {
        add(Math.floor(k / P), bitLogProbability(x[k], actions[k]), bitEntropy(x[k]));
      }
    } else {
      const { squashed } = distribution;
      const [mean, deviations] = [dataOf(distribution.mean), dataOf(distribution.logDeviation)];
      for (let k = 0; k < rows * P; k++) {
        const row = Math.floor(k / P);
        const s = deviations[deviationStart(distribution, row) + (k % P)];
        add(row, normalLogProbability(actions[k], mean[k], s, squashed), normalEntropy(actions[k], s, squashed));
      }
    }
  }

  gradient(
    rows: number,
    distribution: ActionDistribution,
    action: Tensor,
    dLogProbability: Tensor,
    dEntropy: number,
  ): void {
    const [actions, dLogs] = [dataOf(action), dataOf(dLogProbability)];
    const P = action.columns;
    const dH = f(dEntropy);
    if (distribution.family === "categorical") {
      const target = dataOf(distribution.dLogits) as Float32Array;
      eachNormalized(rows, distribution, (options, row, choice, start, n) => {
        const H = dH === 0 ? 0 : options.entropy();
        for (let j = 0; j < n; j++) {
          const p = options.allows(j) ? options.probability(j) : 0;
          const taken = actions[row * P + choice] === j ? 1 : 0;
          const ofEntropy = p === 0 || dH === 0 ? 0 : f(p * f(options.logProbability(j) + H));
          const d = f(f(dLogs[row] * f(taken - p)) - f(dH * ofEntropy));
          target[start + j] = options.allows(j) ? d : 0;
        }
      });
    } else if (distribution.family === "bernoulli") {
      const [x, target] = [dataOf(distribution.logits), dataOf(distribution.dLogits) as Float32Array];
      for (let k = 0; k < rows * P; k++) target[k] = bitGradient(x[k], actions[k], dLogs[Math.floor(k / P)], dH);
    } else {
      const { squashed } = distribution;
      const [mean, deviations] = [dataOf(distribution.mean), dataOf(distribution.logDeviation)];
      const target = dataOf(distribution.dMean) as Float32Array;
      const slopes = dataOf(distribution.dLogDeviation) as Float32Array;
      const isShared = distribution.deviations === "shared";
      if (isShared) slopes.fill(0, 0, P);
      for (let k = 0; k < rows * P; k++) {
        const row = Math.floor(k / P);
        const at = deviationStart(distribution, row) + (k % P);
        const d = normalGradient(actions[k], mean[k], deviations[at], squashed, dLogs[row], dH);
        target[k] = d.dMean;
        slopes[at] = isShared ? f(slopes[at] + d.dLogDeviation) : d.dLogDeviation;
      }
    }
  }

  divergence(rows: number, from: ActionDistribution, to: ActionDistribution, divergence: Tensor): void {
    const target = dataOf(divergence);
    target.fill(0, 0, rows);
    const add = (row: number, term: number): void => {
      target[row] = f(target[row] + term);
    };
    if (from.family === "categorical" && to.family === "categorical") {
      const [y, mask] = [dataOf(to.logits), dataOf(from.mask)];
      eachNormalized(rows, from, (options, row, _choice, start, n) => {
        const others = new Choice(y, mask, start, n);
        add(
          row,
          options.expectation((j) => f(options.logProbability(j) - others.logProbability(j))),
        );
      });
    } else if (from.family === "bernoulli" && to.family === "bernoulli") {
      const [x, y] = [dataOf(from.logits), dataOf(to.logits)];
      const P = from.logits.columns;
      for (let k = 0; k < rows * P; k++) add(Math.floor(k / P), bitDivergence(x[k], y[k]));
    } else if (from.family === "gaussian" && to.family === "gaussian") {
      const P = from.mean.columns;
      const [x, s] = [dataOf(from.mean), dataOf(from.logDeviation)];
      const [y, t] = [dataOf(to.mean), dataOf(to.logDeviation)];
      for (let k = 0; k < rows * P; k++) {
        const [row, d] = [Math.floor(k / P), k % P];
        add(row, normalDivergence(x[k], s[deviationStart(from, row) + d], y[k], t[deviationStart(to, row) + d]));
      }
    }
  }

  fisherProduct(rows: number, distribution: ActionDistribution): void {
    if (distribution.family === "categorical") {
      const t = dataOf(distribution.dLogits) as Float32Array;
      eachNormalized(rows, distribution, (options, _row, _choice, start, n) => {
        const mean = options.expectation((j) => t[start + j]);
        for (let j = 0; j < n; j++) {
          const product = f(f(options.probability(j) * f(t[start + j] - mean)) / rows);
          t[start + j] = options.allows(j) ? product : 0;
        }
      });
    } else if (distribution.family === "bernoulli") {
      const [x, t] = [dataOf(distribution.logits), dataOf(distribution.dLogits) as Float32Array];
      const P = distribution.logits.columns;
      for (let k = 0; k < rows * P; k++) t[k] = f(f(bitInformation(x[k]) * t[k]) / rows);
    } else {
      const deviations = dataOf(distribution.logDeviation);
      const [t, ofDeviations] = [distribution.dMean, distribution.dLogDeviation].map(dataOf) as Float32Array[];
      const P = distribution.mean.columns;
      const isShared = distribution.deviations === "shared";
      for (let k = 0; k < rows * P; k++) {
        const deviation = exp(deviations[deviationStart(distribution, Math.floor(k / P)) + (k % P)]);
        t[k] = f(f(t[k] / f(deviation * deviation)) / rows);
      }
      const n = isShared ? P : rows * P;
      for (let k = 0; k < n; k++) ofDeviations[k] = isShared ? 2 * ofDeviations[k] : f(f(2 * ofDeviations[k]) / rows);
    }
  }
}
