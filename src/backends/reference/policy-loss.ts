// Losses of policies and their values, and what both are scaled by. B rows; sums in float64, in batch order.

import type { PolicyMetric } from "../../policy-operations.ts";
import { exp } from "./exp.ts";

const f = Math.fround;

export function standardize(rows: number, x: Float32Array): void {
  if (rows < 2) return;
  let sum = 0;
  for (let b = 0; b < rows; b++) sum += x[b];
  const mean = sum / rows;
  let squares = 0;
  for (let b = 0; b < rows; b++) squares += (x[b] - mean) * (x[b] - mean);
  const deviation = Math.sqrt(squares / (rows - 1)) + 1e-8;
  for (let b = 0; b < rows; b++) x[b] = (x[b] - mean) / deviation;
}

/** One row: its share of the loss, d = ln of the ratio, and the slope of its share by ln pi, both before the mean. */
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

/** @param old log-probabilities of the policy that acted; null: plain policy gradient */
export function policyLoss(
  rows: number,
  logProbability: Float32Array,
  old: Float32Array | null,
  advantage: Float32Array,
  entropy: Float32Array,
  clip: number,
  dLogProbability: Float32Array,
  metrics: Float32Array,
  columns: typeof PolicyMetric,
): void {
  const range = f(clip);
  const [low, high] = [f(1 - range), f(1 + range)];
  let [loss, kl, clipped, entropies] = [0, 0, 0, 0];
  for (let b = 0; b < rows; b++) {
    const {
      loss: term,
      ratio,
      d,
      slope,
    } = old === null
      ? plainTerm(logProbability[b], advantage[b])
      : clippedTerm(logProbability[b], old[b], advantage[b], low, high);
    loss -= term;
    const excess = f(ratio - 1);
    kl += f(excess - d);
    if (Math.abs(excess) > range) clipped++;
    entropies += entropy[b];
    dLogProbability[b] = f(-slope / rows);
  }
  metrics[columns.policyLoss] = loss / rows;
  metrics[columns.entropy] = entropies / rows;
  metrics[columns.approximateKl] = kl / rows;
  metrics[columns.clipFraction] = clipped / rows;
}

/** @returns the mean of the errors' squares */
export function valueLoss(
  rows: number,
  value: Float32Array,
  target: Float32Array,
  old: Float32Array | null,
  clip: number,
  weight: number,
  dValue: Float32Array,
): number {
  const range = f(clip);
  const factor = f(2 * weight);
  let loss = 0;
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
    loss += square;
    dValue[b] = slope;
  }
  return loss / rows;
}
