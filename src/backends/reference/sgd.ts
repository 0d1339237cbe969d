// One step of gradient descent over a block, with momentum when `velocity` is given.

import { flushTiny } from "./flush-tiny.ts";

const f = Math.fround;

export function sgdStep(
  p: Float32Array,
  g: Float32Array,
  velocity: Float32Array | null,
  learningRate: number,
  momentum: number,
): void {
  const rate = f(learningRate);
  const keep = f(momentum);
  for (let k = 0; k < p.length; k++) {
    let direction = g[k];
    if (velocity !== null) {
      direction = flushTiny(f(f(keep * velocity[k]) + g[k]));
      velocity[k] = direction;
    }
    p[k] = f(p[k] - f(rate * direction));
  }
}
