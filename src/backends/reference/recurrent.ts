// Gated recurrent units over sequences, forwards and backwards in time. Letters: T steps, S sequences, H units.

import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { GruPass, RecurrentOperations } from "../../operations/recurrent.ts";
import { denseForward, denseInputGradient } from "./dense.ts";
import { sigmoid } from "./exp.ts";
import { arrayOf, dataOf } from "./handles.ts";
import { tanh } from "./tanh.ts";

const f = Math.fround;

export class ReferenceRecurrent implements RecurrentOperations {
  gruForward(T: number, S: number, pass: GruPass, parameters: Parameters, weight: number, bias: number): void {
    const H = pass.output.columns;
    const [start, state, input] = [dataOf(pass.start), dataOf(pass.state), dataOf(pass.input)];
    const [recurrent, previous, output] = [dataOf(pass.recurrent), dataOf(pass.previous), dataOf(pass.output)];
    const [W, c] = [arrayOf(parameters, weight), arrayOf(parameters, bias)];
    for (let t = 0; t < T; t++) {
      for (let s = 0; s < S; s++) {
        const row = t * S + s;
        for (let j = 0; j < H; j++) {
          const carried = t === 0 ? state[s * H + j] : output[(row - S) * H + j];
          previous[row * H + j] = start[row] !== 0 ? 0 : carried;
        }
      }
      const from = t * S;
      const before = previous.subarray(from * H);
      denseForward(S, H, 3 * H, before, W, c, "identity", recurrent.subarray(from * 3 * H), null);
      for (let row = from; row < from + S; row++) {
        for (let j = 0; j < H; j++) {
          const [ofR, ofZ, ofN] = [row * 3 * H + j, row * 3 * H + H + j, row * 3 * H + 2 * H + j];
          const r = sigmoid(f(input[ofR] + recurrent[ofR]));
          const z = sigmoid(f(input[ofZ] + recurrent[ofZ]));
          const n = tanh(f(input[ofN] + f(r * recurrent[ofN])));
          input[ofR] = r;
          input[ofZ] = z;
          input[ofN] = n;
          output[row * H + j] = f(n + f(z * f(previous[row * H + j] - n)));
        }
      }
    }
  }

  gruBackward(T: number, S: number, pass: GruPass, parameters: Parameters, weight: number, dOutput: Tensor): void {
    const H = pass.output.columns;
    const [start, input, recurrent] = [dataOf(pass.start), dataOf(pass.input), dataOf(pass.recurrent)];
    const [previous, slope] = [dataOf(pass.previous), dataOf(dOutput)];
    const W = arrayOf(parameters, weight);
    const product = new Float32Array(S * H);
    for (let t = T - 1; t >= 0; t--) {
      for (let s = 0; s < S; s++) {
        const row = t * S + s;
        const goesOn = t < T - 1 && start[row + S] === 0;
        for (let j = 0; j < H; j++) {
          const [ofR, ofZ, ofN] = [row * 3 * H + j, row * 3 * H + H + j, row * 3 * H + 2 * H + j];
          const own = slope[row * H + j];
          const g = goesOn ? f(own + f(slope[(row + S) * H + j] + product[s * H + j])) : own;
          const [r, z, n] = [input[ofR], input[ofZ], input[ofN]];
          const passed = f(g * z);
          const dn = f(f(g - passed) * f(1 - f(n * n)));
          const dr = f(f(dn * recurrent[ofN]) * f(r * f(1 - r)));
          const dz = f(f(g * f(previous[row * H + j] - n)) * f(z * f(1 - z)));
          input[ofR] = dr;
          input[ofZ] = dz;
          input[ofN] = dn;
          recurrent[ofR] = dr;
          recurrent[ofZ] = dz;
          recurrent[ofN] = f(dn * r);
          slope[row * H + j] = passed;
        }
      }
      if (t > 0) denseInputGradient(S, H, 3 * H, recurrent.subarray(t * S * 3 * H), W, product);
    }
  }
}
