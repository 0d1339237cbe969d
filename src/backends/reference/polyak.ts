// Target networks that follow slowly: target += tau (online - target). tau = 1 copies: t + (o - t) would only be near o.

import { flushTiny } from "./flush-tiny.ts";

const f = Math.fround;

export function polyak(target: Float32Array, online: Float32Array, tau: number): void {
  if (tau === 1) {
    target.set(online);
    return;
  }
  const rate = f(tau);
  for (let k = 0; k < target.length; k++) {
    target[k] = flushTiny(f(target[k] + f(rate * f(online[k] - target[k]))));
  }
}
