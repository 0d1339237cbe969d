// One RMSProp step over a block (Tieleman & Hinton 2012), centred when `mean` is given (Graves 2013).

import type { RmspropStep } from "../../operations/optimizers.ts";
import { flushTiny } from "./flush-tiny.ts";

const f = Math.fround;

export function rmspropStep(
  p: Float32Array,
  g: Float32Array,
  v: Float32Array,
  mean: Float32Array | null,
  step: RmspropStep,
): void {
  const learningRate = f(step.learningRate);
  const alpha = f(step.alpha);
  const c = f(1 - step.alpha);
  const epsilon = f(step.epsilon);
  const rootEpsilon = f(step.rootEpsilon ?? 0);
  for (let k = 0; k < p.length; k++) {
    v[k] = flushTiny(f(f(v[k] * alpha) + f(f(g[k] * g[k]) * c)));
    let spread = v[k];
    if (mean !== null) {
      mean[k] = flushTiny(f(mean[k] + f(f(g[k] - mean[k]) * c)));
      spread = f(v[k] - f(mean[k] * mean[k]));
      // Rounding can make the variance of a constant gradient negative; NaN stays.
      if (spread < 0) spread = 0;
    }
    p[k] = f(p[k] - f(f(learningRate * g[k]) / f(f(Math.sqrt(f(spread + rootEpsilon))) + epsilon)));
  }
}
