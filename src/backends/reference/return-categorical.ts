// Returns distributions as probabilities of N fixed returns (Bellemare et al. 2017). Letters: B rows, A actions, N atoms;
// arrays as in operations/return-distribution.ts, unpadded.

import { log as log64 } from "../../engine/math.ts";
import { exp } from "./exp.ts";
import { sumInLanes } from "./lanes.ts";
import { log } from "./log.ts";
import { selectAction } from "./select-action.ts";
import { maximum } from "./softmax.ts";

const f = Math.fround;

/** Smallest normal number. Smaller masses do not count in the divergence. */
const LEAST_NORMAL = 1.1754943508222875e-38;

/** Atom i stands for the return low + i step. */
export class Support {
  readonly atoms: number;
  readonly #low: number;
  readonly #high: number;
  readonly #step: number;

  constructor(low: number, high: number, atoms: number) {
    this.atoms = atoms;
    this.#low = f(low);
    this.#high = f(high);
    this.#step = f(f(this.#high - this.#low) / (atoms - 1));
  }

  atom(i: number): number {
    return f(this.#low + f(i * this.#step));
  }

  /**
   * Returns the position of a return among the atoms, 0 .. atoms - 1. A return outside the support counts as the nearer end.
   */
  position(value: number): number {
    let clipped = value < this.#high ? value : this.#high;
    if (clipped < this.#low) clipped = this.#low;
    const position = f(f(clipped - this.#low) / this.#step);
    return Math.min(position, this.atoms - 1);
  }
}

/** Softmax in parts: e_i = exp(logit_i - max), their sum, and the mean of the atoms. */
interface Parts {
  readonly max: number;
  readonly sum: number;
  readonly mean: number;
}

function parts(logits: Float32Array, start: number, support: Support): Parts {
  const max = maximum(logits, start, support.atoms);
  const e = (i: number): number => exp(f(logits[start + i] - max));
  const sum = sumInLanes(support.atoms, e);
  return { max, sum, mean: f(sumInLanes(support.atoms, (i) => f(e(i) * support.atom(i))) / sum) };
}

/** @param values [A], written */
function actionValues(A: number, logits: Float32Array, start: number, support: Support, values: Float32Array): void {
  for (let a = 0; a < A; a++) values[a] = parts(logits, start + a * support.atoms, support).mean;
}

export function categoricalValues(B: number, A: number, logits: Float32Array, support: Support, q: Float32Array): void {
  const size = A * support.atoms;
  for (let b = 0; b < B; b++) actionValues(A, logits, b * size, support, q.subarray(b * A, b * A + A));
}

/** Arrays of one update. `selectionQ` null: the values of the next logits. */
export interface CategoricalArrays {
  readonly logits: Float32Array;
  readonly nextLogits: Float32Array;
  readonly selectionQ: Float32Array | null;
  readonly action: Float32Array;
  readonly reward: Float32Array;
  readonly discount: Float32Array;
  readonly weight: Float32Array;
  readonly dLogits: Float32Array;
  readonly absError: Float32Array;
  readonly metrics: Float32Array;
}

export function categoricalUpdate(B: number, A: number, support: Support, arrays: CategoricalArrays): void {
  const { logits, nextLogits, selectionQ, action, reward, discount, weight, dLogits, absError, metrics } = arrays;
  const N = support.atoms;
  const nextQ = new Float32Array(A);
  const m = new Float32Array(N);
  /** Splits a mass at a return between the two atoms around it, in proportion to their nearness. */
  const add = (mass: number, value: number): void => {
    const position = support.position(value);
    const lower = Math.floor(position);
    const upper = Math.min(lower + 1, N - 1);
    const share = f(position - lower);
    m[lower] = m[lower] + f(mass * f(1 - share));
    m[upper] = m[upper] + f(mass * share);
  };

  let lossSum = 0;
  let qSum = 0;
  for (let b = 0; b < B; b++) {
    const row = b * A * N;
    m.fill(0);
    if (discount[b] === 0) {
      // After a terminal state the networks' outputs have no meaning; they may be infinite, and 0 times infinity is NaN.
      add(1, reward[b]);
    } else {
      let best: number;
      if (selectionQ === null) {
        actionValues(A, nextLogits, row, support, nextQ);
        best = selectAction(nextQ, 0, A);
      } else {
        best = selectAction(selectionQ, b * A, A);
      }
      const next = row + best * N;
      const { max, sum } = parts(nextLogits, next, support);
      for (let i = 0; i < N; i++) {
        add(exp(f(nextLogits[next + i] - max)), f(reward[b] + f(discount[b] * support.atom(i))));
      }
      for (let i = 0; i < N; i++) m[i] = m[i] / sum;
    }

    const taken = row + action[b] * N;
    const { max, sum, mean } = parts(logits, taken, support);
    const logSum = f(log64(sum));
    const logP = (i: number): number => f(f(logits[taken + i] - max) - logSum);
    const crossEntropy = f(0 - sumInLanes(N, (i) => f(m[i] * logP(i))));
    const divergence = sumInLanes(N, (i) => (m[i] < LEAST_NORMAL ? 0 : f(m[i] * f(log(m[i]) - logP(i)))));
    const scale = f(weight[b] / B);
    dLogits.fill(0, row, row + A * N);
    for (let i = 0; i < N; i++) {
      const p = f(exp(f(logits[taken + i] - max)) / sum);
      dLogits[taken + i] = f(f(p - m[i]) * scale);
    }
    absError[b] = divergence < 0 ? 0 : divergence;
    lossSum += f(crossEntropy * weight[b]);
    qSum += mean;
  }
  metrics[0] = lossSum / B;
  metrics[1] = qSum / B;
}
