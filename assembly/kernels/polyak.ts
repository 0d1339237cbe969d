// Target networks that follow slowly: target += tau (online - target), over n floats (a multiple of 4).

import { flush_tiny, tiny_bound } from "./adam";

// @ts-ignore: decorator
@inline
function follow(target: usize, online: usize, tau: v128, tiny: v128): void {
  const t = v128.load(target);
  v128.store(target, flush_tiny(f32x4.add(t, f32x4.mul(tau, f32x4.sub(v128.load(online), t))), tiny));
}

/** @param n floats, a multiple of 16 */
export function polyak_update(target: usize, online: usize, n: i32, tau: f32): void {
  const end = target + (<usize>n << 2);
  const taus = f32x4.splat(tau), tiny = tiny_bound();
  for (; target < end; target += 64, online += 64) {
    follow(target, online, taus, tiny);
    follow(target + 16, online + 16, taus, tiny);
    follow(target + 32, online + 32, taus, tiny);
    follow(target + 48, online + 48, taus, tiny);
  }
}

export function parameters_copy(target: usize, source: usize, n: i32): void {
  memory.copy(target, source, <usize>n << 2);
}
