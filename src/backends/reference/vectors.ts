// Blocks of parameters as vectors.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { VectorOperations } from "../../operations/vectors.ts";
import { clipGradientNorm, gradientNorm } from "./gradient-norm.ts";
import { blockOf, dataOf } from "./handles.ts";
import { polyak } from "./polyak.ts";

const f = Math.fround;

const LANES = 4;

export class ReferenceVectors implements VectorOperations {
  copy(target: Parameters, source: Parameters): void {
    blockOf(target).set(blockOf(source));
  }

  polyak(target: Parameters, online: Parameters, tau: number): void {
    polyak(blockOf(target), blockOf(online), tau);
  }

  combine(y: Parameters, scaleY: number, x: Parameters, scaleX: number): void {
    const [to, from] = [blockOf(y), blockOf(x)];
    const [old, added] = [f(scaleY), f(scaleX)];
    for (let k = 0; k < to.length; k++) to[k] = f(f(old * to[k]) + f(added * from[k]));
  }

  dot(x: Parameters, y: Parameters, result: Tensor, column: number): void {
    const [left, right] = [blockOf(x), blockOf(y)];
    const lanes = [0, 0, 0, 0];
    for (let k = 0; k < left.length; k++) lanes[k % LANES] += left[k] * right[k];
    dataOf(result)[column] = lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
  }

  clipNorm(gradients: Parameters, maxNorm: number, norm: Tensor): void {
    const block = blockOf(gradients);
    const result = dataOf(norm);
    result[0] = gradientNorm(block);
    result[1] = clipGradientNorm(block, maxNorm, result[0]);
  }
}
