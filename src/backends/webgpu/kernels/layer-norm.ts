// Layer normalisation (Ba et al. 2016): one workgroup per row; for the gradients of scale and shift one invocation per
// column. See layerNormForward and layerNormBackward in operations/layers.ts. Sums over a row have another order than on the
// CPU.

import { groupSum, type Kernel, kernel, linearKernel } from "../kernel.ts";

const ROOT = 8;
const GROUP: number = ROOT * ROOT;

/** Writes a loop over all rows, for any number of workgroups: `body` runs for each row b, which begins at offset `row`. */
function perRow(body: string): string {
  return /* wgsl */ `
${groupSum(ROOT)}
@compute @workgroup_size(${GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  for (var b = group.x; b < p.rows; b += groups.x) {
    let row = b * p.columns;
    ${body}
  }
}
`;
}

export const LAYER_NORM_FORWARD: Kernel = kernel(
  "layer_norm_forward",
  "rows: u32, columns: u32, x: u32, scale: u32, shift: u32, epsilon: f32, y: u32, statistics: u32",
  perRow(/* wgsl */ `
    var own = 0.0;
    for (var o = local; o < p.columns; o += ${GROUP}u) { own += memory[p.x + row + o]; }
    let mean = sumOfGroup(local, own) / f32(p.columns);
    own = 0.0;
    for (var o = local; o < p.columns; o += ${GROUP}u) {
      let d = memory[p.x + row + o] - mean;
      own += d * d;
    }
    let rstd = 1.0 / sqrt(sumOfGroup(local, own) / f32(p.columns) + p.epsilon);
    for (var o = local; o < p.columns; o += ${GROUP}u) {
      let normal = (memory[p.x + row + o] - mean) * rstd;
      memory[p.y + row + o] = normal * memory[p.scale + o] + memory[p.shift + o];
    }
    if (local == 0u) {
      memory[p.statistics + 2u * b] = mean;
      memory[p.statistics + 2u * b + 1u] = rstd;
    }`),
);

/** The gradient by x. dx may be dy: every invocation reads its own columns before it writes them. */
export const LAYER_NORM_BACKWARD: Kernel = kernel(
  "layer_norm_backward",
  "rows: u32, columns: u32, x: u32, statistics: u32, dy: u32, scale: u32, dx: u32",
  perRow(/* wgsl */ `
    let mean = memory[p.statistics + 2u * b];
    let rstd = memory[p.statistics + 2u * b + 1u];
    var own = 0.0;
    var ownNormal = 0.0;
    for (var o = local; o < p.columns; o += ${GROUP}u) {
      let g = memory[p.dy + row + o] * memory[p.scale + o];
      own += g;
      ownNormal += g * (memory[p.x + row + o] - mean) * rstd;
    }
    let meanG = sumOfGroup(local, own) / f32(p.columns);
    let meanGNormal = sumOfGroup(local, ownNormal) / f32(p.columns);
    for (var o = local; o < p.columns; o += ${GROUP}u) {
      let g = memory[p.dy + row + o] * memory[p.scale + o];
      let normal = (memory[p.x + row + o] - mean) * rstd;
      memory[p.dx + row + o] = rstd * (g - meanG - normal * meanGNormal);
    }`),
);

/** Gradients of scale and shift, for column k = 0 .. n - 1. The kernel must run before dx overwrites dy. */
export const LAYER_NORM_PARAMETER_GRADIENT: Kernel = linearKernel(
  "layer_norm_parameter_gradient",
  "rows: u32, x: u32, statistics: u32, dy: u32, dScale: u32, dShift: u32",
  /* wgsl */ `
  var dScale = 0.0;
  var dShift = 0.0;
  for (var b = 0u; b < p.rows; b++) {
    let dy = memory[p.dy + b * p.n + k];
    let normal = (memory[p.x + b * p.n + k] - memory[p.statistics + 2u * b]) * memory[p.statistics + 2u * b + 1u];
    dShift += dy;
    dScale += dy * normal;
  }
  memory[p.dScale + k] = dScale;
  memory[p.dShift + k] = dShift;
`,
);
