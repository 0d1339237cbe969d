// Activations as kernels number them: the codes of assembly/kernels/activation.ts.

import type { Activation } from "../../operations/layers.ts";

export const ACTIVATION_CODE: Readonly<Record<Activation, number>> = {
  identity: 0,
  relu: 1,
  tanh: 2,
  silu: 3,
  gelu: 4,
  elu: 5,
  sigmoid: 6,
};
