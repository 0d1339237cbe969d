// Activations and their derivatives, float32. Derivatives are computed from the output y where that suffices, from the input
// z for silu and gelu (see needsPreactivation in operations/layers.ts).

import type { Activation } from "../../operations/layers.ts";
import { exp, sigmoid } from "./exp.ts";
import { tanh } from "./tanh.ts";

const f = Math.fround;

/** sqrt(2 / pi), 0.044715 and 3 times that: gelu in its tanh form (Hendrycks & Gimpel 2016). */
const GELU_SCALE: number = f(0.7978845608028654);
const GELU_CUBE: number = f(0.044715);
const GELU_SLOPE: number = f(0.134145);

function geluTanh(z: number): number {
  return tanh(f(GELU_SCALE * f(z + f(GELU_CUBE * f(f(z * z) * z)))));
}

export function activate(activation: Activation, z: number): number {
  switch (activation) {
    case "identity":
      return z;
    case "relu":
      // Not Math.max, which would make -0 a +0.
      if (z < 0) return 0;
      return z;
    case "tanh":
      return tanh(z);
    case "silu":
      return f(z * sigmoid(z));
    case "gelu":
      return f(f(0.5 * z) * f(1 + geluTanh(z)));
    case "elu":
      return z > 0 ? z : f(exp(z) - 1);
    case "sigmoid":
      return sigmoid(z);
  }
}

/** Returns dy activation'(z), with y = activation(z). Only silu and gelu read z. */
export function differentiate(activation: Activation, dy: number, y: number, z: number): number {
  switch (activation) {
    case "identity":
      return dy;
    case "relu":
      return y > 0 ? dy : 0;
    case "tanh":
      return f(dy * f(1 - f(y * y)));
    case "silu": {
      const s = sigmoid(z);
      return f(dy * f(s * f(1 + f(z * f(1 - s)))));
    }
    case "gelu": {
      const t = geluTanh(z);
      const inner = f(GELU_SCALE * f(1 + f(GELU_SLOPE * f(z * z))));
      return f(dy * f(f(0.5 * f(1 + t)) + f(f(f(0.5 * z) * f(1 - f(t * t))) * inner)));
    }
    case "elu":
      return y > 0 ? dy : f(dy * f(y + 1));
    case "sigmoid":
      return f(dy * f(y * f(1 - y)));
  }
}

/** y = activation(z) over the first n numbers; y may be z. */
export function activationForward(n: number, z: Float32Array, activation: Activation, y: Float32Array): void {
  for (let k = 0; k < n; k++) y[k] = activate(activation, z[k]);
}

/** dy becomes dy activation'(z) over the first n numbers. */
export function activationBackward(
  n: number,
  dy: Float32Array,
  y: Float32Array,
  z: Float32Array | null,
  activation: Activation,
): void {
  for (let k = 0; k < n; k++) dy[k] = differentiate(activation, dy[k], y[k], z === null ? 0 : z[k]);
}
