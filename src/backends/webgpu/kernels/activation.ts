// Activations and their derivatives, by code. See reference/activation.ts for the equations.

import type { Activation } from "../../../operations/layers.ts";
import { type Kernel, linearKernel } from "../kernel.ts";
import { EXP } from "./exp.ts";

export const ACTIVATION_CODE: Readonly<Record<Activation, number>> = {
  identity: 0,
  relu: 1,
  tanh: 2,
  silu: 3,
  gelu: 4,
  elu: 5,
  sigmoid: 6,
};

/** Code of fn activate(code, z): the activation of z. */
export const ACTIVATE: string = /* wgsl */ `
${EXP}
// gelu in its tanh form (Hendrycks & Gimpel 2016); 0.79788456 = sqrt(2 / pi).
fn geluTanh(z: f32) -> f32 { return hyperbolicTangent(0.79788456 * (z + 0.044715 * z * z * z)); }

fn activate(code: u32, z: f32) -> f32 {
  switch (code) {
    case 1u: { return max(z, 0.0); }
    case 2u: { return hyperbolicTangent(z); }
    case 3u: { return z * logistic(z); }
    case 4u: { return 0.5 * z * (1.0 + geluTanh(z)); }
    case 5u: { return select(exponential(min(z, 0.0)) - 1.0, z, z > 0.0); }
    case 6u: { return logistic(z); }
    default: { return z; }
  }
}
`;

/** y[k] = activation(z[k]); y may be z. */
export const ACTIVATION_FORWARD: Kernel = linearKernel(
  "activation_forward",
  "activation: u32, z: u32, y: u32",
  "memory[p.y + k] = activate(p.activation, memory[p.z + k]);",
  ACTIVATE,
);

/** dy[k] becomes dy activation'(z), computed from the output y where that suffices, from z for silu and gelu. */
export const ACTIVATION_BACKWARD: Kernel = linearKernel(
  "activation_backward",
  "activation: u32, dy: u32, y: u32, z: u32",
  /* wgsl */ `
  let y = memory[p.y + k];
  memory[p.dy + k] *= slope(y, k);
`,
  /* wgsl */ `
${ACTIVATE}
fn slope(y: f32, k: u32) -> f32 {
  switch (p.activation) {
    case 1u: { return select(0.0, 1.0, y > 0.0); }
    case 2u: { return 1.0 - y * y; }
    case 3u: {
      let z = memory[p.z + k];
      let s = logistic(z);
      return s * (1.0 + z * (1.0 - s));
    }
    case 4u: {
      let z = memory[p.z + k];
      let t = geluTanh(z);
      return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * 0.79788456 * (1.0 + 0.134145 * z * z);
    }
    case 5u: { return select(y + 1.0, 1.0, y > 0.0); }
    case 6u: { return y * (1.0 - y); }
    default: { return 1.0; }
  }
}
`,
);
