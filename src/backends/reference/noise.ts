// Noisy networks (Fortunato et al. 2018): factorised noise, mu + sigma * noise, and the gradients of both.

import type { Parameters, RandomStream } from "../../operations/handles.ts";
import type { NoiseOperations } from "../../operations/noise.ts";
import { weightPosition } from "../parameter-layout.ts";
import { arrayOf, blockOf, offsetOf, stateOf } from "./handles.ts";
import { fillNormal } from "./xoshiro.ts";

const f = Math.fround;

/** Draws n standard normal numbers x and returns sign(x) sqrt(|x|). */
function squashedNormals(s: Uint32Array, n: number): Float32Array {
  const values = new Float32Array(n);
  fillNormal(s, values, 0, 1);
  return values.map((x) => Math.sign(x) * Math.sqrt(Math.abs(x)));
}

export class ReferenceNoise implements NoiseOperations {
  factorized(stream: RandomStream, noise: Parameters, weight: number, bias: number): void {
    const [O, I] = noise.specs[weight].shape as readonly [number, number];
    const weights = arrayOf(noise, weight);
    const ofInputs = squashedNormals(stateOf(stream), I);
    const ofOutputs = squashedNormals(stateOf(stream), O);
    arrayOf(noise, bias).set(ofOutputs);
    for (let o = 0; o < O; o++) {
      for (let i = 0; i < I; i++) weights[weightPosition(O, I, o, i)] = ofOutputs[o] * ofInputs[i];
    }
  }

  apply(effective: Parameters, trainable: Parameters, noise: Parameters | null): void {
    const [to, from, epsilon] = [blockOf(effective), blockOf(trainable), blockOf(noise)];
    const n = offsetOf(trainable, effective.specs.length);
    for (let k = 0; k < n; k++) to[k] = epsilon === null ? from[k] : f(from[k] + f(from[n + k] * epsilon[k]));
  }

  gradient(gradients: Parameters, dEffective: Parameters, noise: Parameters | null): void {
    const [to, from, epsilon] = [blockOf(gradients), blockOf(dEffective), blockOf(noise)];
    const n = offsetOf(gradients, dEffective.specs.length);
    for (let k = 0; k < n; k++) {
      to[k] = from[k];
      to[n + k] = epsilon === null ? 0 : from[k] * epsilon[k];
    }
  }
}
