// Clipping by the global norm (Pascanu et al. 2013), in three dispatches: sums of squares of parts, their sum, the scaling.

import { groupSum, type Kernel, kernel, linearKernel } from "../kernel.ts";

const ROOT = 16;
const GROUP: number = ROOT * ROOT;
/** Number of sums of squares that the first dispatch writes. */
export const NORM_PARTS = 256;
/** Smallest part, in numbers, that gets its own workgroup. */
const PART = 8192;

export function normParts(n: number): number {
  return Math.min(NORM_PARTS, Math.ceil(n / PART));
}

export const GRADIENT_NORM_PARTS: Kernel = kernel(
  "gradient_norm_parts",
  "n: u32, gradient: u32, parts: u32",
  /* wgsl */ `
${groupSum(ROOT)}
@compute @workgroup_size(${GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  var squares = 0.0;
  for (var k = group.x * ${GROUP}u + local; k < p.n; k += groups.x * ${GROUP}u) {
    let g = memory[p.gradient + k];
    squares += g * g;
  }
  let sum = sumOfGroup(local, squares);
  if (local == 0u) { memory[p.parts + group.x] = sum; }
}
`,
);

/** Writes norm and factor, next to each other. */
export const GRADIENT_NORM: Kernel = kernel(
  "gradient_norm",
  "count: u32, parts: u32, norm: u32, maxNorm: f32",
  /* wgsl */ `
${groupSum(ROOT)}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) local: u32) {
  var own = 0.0;
  if (local < p.count) { own = memory[p.parts + local]; }
  let norm = sqrt(sumOfGroup(local, own));
  if (local == 0u) {
    memory[p.norm] = norm;
    memory[p.norm + 1u] = min(1.0, p.maxNorm / (norm + 1e-6));
  }
}
`,
);

export const GRADIENT_SCALE: Kernel = linearKernel(
  "gradient_scale",
  "gradient: u32, factor: u32",
  "memory[p.gradient + k] *= memory[p.factor];",
);
