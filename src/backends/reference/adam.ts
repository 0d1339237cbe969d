// One Adam step over a block (Kingma & Ba 2015, algorithm 1), with AdamW's decay first (Loshchilov & Hutter 2019).

import type { AdamStep } from "../../operations/optimizers.ts";
import { flushTiny } from "./flush-tiny.ts";

const f = Math.fround;

export function adamStep(p: Float32Array, g: Float32Array, m: Float32Array, v: Float32Array, step: AdamStep): void {
  const keep = f(1 - step.learningRate * step.weightDecay);
  const c1 = f(1 - step.beta1);
  const c2 = f(1 - step.beta2);
  const beta2 = f(step.beta2);
  const epsilon = f(step.epsilon);
  const stepSize = f(step.learningRate / step.biasCorrection1);
  const correction = f(1 / Math.sqrt(step.biasCorrection2));
  for (let k = 0; k < p.length; k++) {
    if (step.weightDecay > 0) p[k] = f(p[k] * keep);
    m[k] = flushTiny(f(m[k] + f(f(g[k] - m[k]) * c1)));
    v[k] = flushTiny(f(f(v[k] * beta2) + f(f(g[k] * g[k]) * c2)));
    const denominator = f(f(f(Math.sqrt(v[k])) * correction) + epsilon);
    p[k] = f(p[k] - f(stepSize * f(m[k] / denominator)));
  }
}
