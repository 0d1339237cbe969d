// Sums with scaled tensors.

import { type Kernel, linearKernel } from "../kernel.ts";

/** y[k] += scale x[k]. */
export const ADD_SCALED: Kernel = linearKernel(
  "add_scaled",
  "scale: f32, x: u32, y: u32",
  "memory[p.y + k] += p.scale * memory[p.x + k];",
);
