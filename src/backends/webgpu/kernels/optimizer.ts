// Optimizer steps and target networks over whole blocks, and copies. Equations: reference/{adam,rmsprop,sgd,polyak}.ts.

import { type Kernel, linearKernel } from "../kernel.ts";

const FLUSH = /* wgsl */ `
// Part of what is computed: see adam in operations/optimizers.ts.
fn flushTiny(x: f32) -> f32 { return select(x, 0.0, abs(x) < 1e-30); }
`;

export const ADAM_STEP: Kernel = linearKernel(
  "adam_step",
  `parameter: u32, gradient: u32, m: u32, v: u32,
   keep: f32, stepSize: f32, c1: f32, beta2: f32, c2: f32, correction: f32, epsilon: f32`,
  /* wgsl */ `
  let g = memory[p.gradient + k];
  let m = flushTiny(memory[p.m + k] + (g - memory[p.m + k]) * p.c1);
  let v = flushTiny(memory[p.v + k] * p.beta2 + g * g * p.c2);
  memory[p.m + k] = m;
  memory[p.v + k] = v;
  let kept = memory[p.parameter + k] * p.keep;
  memory[p.parameter + k] = kept - p.stepSize * (m / (sqrt(v) * p.correction + p.epsilon));
`,
  FLUSH,
);

export const RMSPROP_STEP: Kernel = linearKernel(
  "rmsprop_step",
  "parameter: u32, gradient: u32, v: u32, mean: u32, learningRate: f32, alpha: f32, c: f32, rootEpsilon: f32, epsilon: f32",
  /* wgsl */ `
  let g = memory[p.gradient + k];
  let v = flushTiny(memory[p.v + k] * p.alpha + g * g * p.c);
  memory[p.v + k] = v;
  var spread = v;
  if (p.mean != NONE) {
    let mean = flushTiny(memory[p.mean + k] + (g - memory[p.mean + k]) * p.c);
    memory[p.mean + k] = mean;
    // Rounding can make the variance of a constant gradient negative.
    spread = max(v - mean * mean, 0.0);
  }
  memory[p.parameter + k] -= p.learningRate * g / (sqrt(spread + p.rootEpsilon) + p.epsilon);
`,
  FLUSH,
);

export const SGD_STEP: Kernel = linearKernel(
  "sgd_step",
  "parameter: u32, gradient: u32, velocity: u32, learningRate: f32, momentum: f32",
  /* wgsl */ `
  var direction = memory[p.gradient + k];
  if (p.velocity != NONE) {
    direction = flushTiny(p.momentum * memory[p.velocity + k] + direction);
    memory[p.velocity + k] = direction;
  }
  memory[p.parameter + k] -= p.learningRate * direction;
`,
  FLUSH,
);

/** target += tau (online - target). */
export const POLYAK: Kernel = linearKernel(
  "polyak",
  "target_: u32, online: u32, tau: f32",
  /* wgsl */ `
  let old = memory[p.target_ + k];
  memory[p.target_ + k] = flushTiny(old + p.tau * (memory[p.online + k] - old));
`,
  FLUSH,
);

/** memory[to + k] = memory[from + k]. */
export const COPY: Kernel = linearKernel(
  "copy",
  "destination: u32, source: u32",
  "memory[p.destination + k] = memory[p.source + k];",
);

/** target[b, c] = source[b, c], k = b columns + c; offsets are those of the first column, strides whole rows. */
export const COPY_COLUMNS: Kernel = linearKernel(
  "copy_columns",
  "columns: u32, source: u32, sourceStride: u32, destination: u32, destinationStride: u32",
  /* wgsl */ `
  let b = k / p.columns;
  let c = k % p.columns;
  memory[p.destination + b * p.destinationStride + c] = memory[p.source + b * p.sourceStride + c];
`,
);
