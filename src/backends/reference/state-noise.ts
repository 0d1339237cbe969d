// State-dependent noise of Gaussian policies (Raffin et al. 2021): the formulas of operations/state-noise.ts, one number
// after the other. Letters: H features z, D dimensions, C = D or 1 columns of log_std.

import type { Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import type { StateNoise, StateNoiseOperations } from "../../operations/state-noise.ts";
import { weightPosition } from "../parameter-layout.ts";
import { exp } from "./exp.ts";
import { arrayOf, dataOf, stateOf } from "./handles.ts";
import { sumInLanes } from "./lanes.ts";
import { log } from "./log.ts";
import { fillNormal } from "./xoshiro.ts";

const f = Math.fround;

const EPSILON: number = f(1e-6);

/** Returns the position of [h, d] in the stored array of a spec [H, C]. */
function placeOf(parameters: Parameters, index: number, h: number, d: number): number {
  const [H, C] = parameters.specs[index].shape as readonly [number, number];
  return weightPosition(H, C, h, Math.min(d, C - 1));
}

function square(z: number): number {
  return f(z * z);
}

function perVariance(x: number, s: number): number {
  const deviation = exp(s);
  return f(x / f(deviation * deviation));
}

export class ReferenceStateNoise implements StateNoiseOperations {
  draw(stream: RandomStream, { parameters, logStd }: StateNoise, matrices: Parameters, index: number): void {
    const [H, D] = matrices.specs[index].shape as readonly [number, number];
    const [from, to] = [arrayOf(parameters, logStd), arrayOf(matrices, index)];
    const n = new Float32Array(H);
    for (let d = 0; d < D; d++) {
      fillNormal(stateOf(stream), n, 0, 1);
      for (let h = 0; h < H; h++) {
        to[placeOf(matrices, index, h, d)] = exp(from[placeOf(parameters, logStd, h, d)]) * n[h];
      }
    }
  }

  explore(rows: number, features: Tensor, matrices: Parameters, first: number, action: Tensor): void {
    const [z, u] = [dataOf(features), dataOf(action)];
    const [H, D] = [features.columns, action.columns];
    for (let b = 0; b < rows; b++) {
      const index = (first + b) % matrices.specs.length;
      const matrix = arrayOf(matrices, index);
      for (let d = 0; d < D; d++) {
        const noise = sumInLanes(H, (h) => f(z[b * H + h] * matrix[placeOf(matrices, index, h, d)]));
        u[b * D + d] = f(u[b * D + d] + noise);
      }
    }
  }

  deviations(rows: number, features: Tensor, noise: StateNoise): void {
    const { parameters, logStd, variances, logDeviation } = noise;
    const [from, variance] = [arrayOf(parameters, logStd), arrayOf(variances, 0)];
    const [z, s] = [dataOf(features), dataOf(logDeviation)];
    const [H, D] = [features.columns, logDeviation.columns];
    for (let k = 0; k < from.length; k++) variance[k] = exp(f(2 * from[k]));
    for (let b = 0; b < rows; b++) {
      for (let d = 0; d < D; d++) {
        const sum = sumInLanes(H, (h) => f(square(z[b * H + h]) * variance[placeOf(variances, 0, h, d)]));
        const v = f(EPSILON + sum);
        // v - v is 0 for finite numbers only.
        s[b * D + d] = v - v === 0 ? f(0.5 * log(v)) : v;
      }
    }
  }

  deviationsGradient(rows: number, features: Tensor, noise: StateNoise): void {
    const { logStd, variances, logDeviation, gradients } = noise;
    const [variance, target] = [arrayOf(variances, 0), arrayOf(gradients!, logStd)];
    const [z, s, w] = [dataOf(features), dataOf(logDeviation), dataOf(noise.dLogDeviation) as Float32Array];
    const [H, D] = [features.columns, logDeviation.columns];
    const C = variances.specs[0].shape[1]!;
    for (let k = 0; k < rows * D; k++) w[k] = perVariance(w[k], s[k]);
    for (let c = 0; c < C; c++) {
      for (let h = 0; h < H; h++) {
        let sum = 0;
        for (let d = 0; d < D; d++) {
          if (C > 1 && d !== c) continue;
          for (let b = 0; b < rows; b++) sum = f(sum + f(square(z[b * H + h]) * w[b * D + d]));
        }
        const k = placeOf(variances, 0, h, c);
        target[k] = variance[k] * sum;
      }
    }
  }

  deviationsTangent(rows: number, features: Tensor, noise: StateNoise, direction: Parameters): void {
    const { logStd, variances, logDeviation, dLogDeviation } = noise;
    const [variance, t] = [arrayOf(variances, 0), arrayOf(direction, logStd)];
    const [z, s, target] = [dataOf(features), dataOf(logDeviation), dataOf(dLogDeviation) as Float32Array];
    const [H, D] = [features.columns, logDeviation.columns];
    for (let k = 0; k < t.length; k++) t[k] = variance[k] * t[k];
    for (let b = 0; b < rows; b++) {
      for (let d = 0; d < D; d++) {
        const sum = sumInLanes(H, (h) => f(square(z[b * H + h]) * t[placeOf(variances, 0, h, d)]));
        target[b * D + d] = perVariance(sum, s[b * D + d]);
      }
    }
  }
}
