// Noisy networks (Fortunato et al. 2018): factorised noise, mu + sigma * noise, and the gradients of both.
//
// A trainable block of 2 n floats holds mu, then sigma, each stored as the effective parameters are; n is a multiple of 4.
// Letters: O outputs, I inputs.

import { madd } from "../math/madd";
import { random_fill_normal } from "../math/random";

/** sign(x) sqrt(|x|) of a number in place */
// @ts-ignore: decorator
@inline
function squash(x: usize): void {
  const value = load<f32>(x);
  store<f32>(x, copysign<f32>(sqrt<f32>(abs(value)), value));
}

/**
 * weight[o, i] = f(e_o) f(e_i), bias[o] = f(e_o), f(x) = sign(x) sqrt(|x|); e_i are drawn first.
 *
 * The weights lie in panels of 8 outputs (the last one 8 or 4), inputs outermost (src/backends/parameter-layout.ts). The
 * numbers f(e_i) wait where the first output's weights will be, so panel 0 is written last.
 */
export function noise_factorized(stream: usize, weight: usize, bias: usize, O: i32, I: i32): void {
  const padded = (O + 3) & ~3;
  const firstWidth: usize = padded < 8 ? 16 : 32;
  random_fill_normal(stream, weight, I, 1, firstWidth, 0, 1);
  random_fill_normal(stream, bias, 1, O, 0, 0, 1);
  const end = weight + <usize>I * firstWidth;
  for (let e = weight; e < end; e += firstWidth) squash(e);
  for (let o: usize = 0; o < <usize>O << 2; o += 4) squash(bias + o);

  for (let panel = (padded - 1) & ~7; panel >= 0; panel -= 8) {
    const ofOutputs = bias + (<usize>panel << 2);
    let to = weight + (<usize>panel * <usize>I << 2);
    const low = v128.load(ofOutputs);
    if (padded - panel < 8) {
      for (let e = weight; e < end; e += firstWidth, to += 16) v128.store(to, f32x4.mul(low, v128.load32_splat(e)));
      continue;
    }
    const high = v128.load(ofOutputs, 16);
    for (let e = weight; e < end; e += firstWidth, to += 32) {
      const ofInput = v128.load32_splat(e);
      v128.store(to, f32x4.mul(low, ofInput));
      v128.store(to, f32x4.mul(high, ofInput), 16);
    }
  }
}

/** effective = mu + sigma * noise */
export function noise_apply(effective: usize, trainable: usize, noise: usize, n: i32): void {
  const bytes = <usize>n << 2;
  for (let k: usize = 0; k < bytes; k += 16) {
    const mu = v128.load(trainable + k);
    v128.store(effective + k, madd(mu, v128.load(trainable + bytes + k), v128.load(noise + k)));
  }
}

/** dMu = dEffective, dSigma = dEffective * noise; noise 0: dSigma = 0 */
export function noise_gradient(gradients: usize, dEffective: usize, noise: usize, n: i32): void {
  const bytes = <usize>n << 2;
  memory.copy(gradients, dEffective, bytes);
  if (!noise) {
    memory.fill(gradients + bytes, 0, bytes);
    return;
  }
  for (let k: usize = 0; k < bytes; k += 16) {
    v128.store(gradients + bytes + k, f32x4.mul(v128.load(dEffective + k), v128.load(noise + k)));
  }
}
