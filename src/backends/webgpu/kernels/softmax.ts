// Row-wise softmax and its logarithm; the row's maximum is subtracted first. One invocation per row k; y may be x.

import { type Kernel, linearKernel } from "../kernel.ts";
import { EXP } from "./exp.ts";

const FIELDS = "columns: u32, x: u32, y: u32";
const MAXIMUM = /* wgsl */ `
  let x = p.x + k * p.columns;
  let y = p.y + k * p.columns;
  var m = memory[x];
  for (var j = 1u; j < p.columns; j++) { m = max(m, memory[x + j]); }
  var sum = 0.0;
`;

export const SOFTMAX: Kernel = linearKernel(
  "softmax",
  FIELDS,
  /* wgsl */ `${MAXIMUM}
  for (var j = 0u; j < p.columns; j++) {
    let e = exponential(memory[x + j] - m);
    memory[y + j] = e;
    sum += e;
  }
  for (var j = 0u; j < p.columns; j++) { memory[y + j] /= sum; }
`,
  EXP,
);

export const LOG_SOFTMAX: Kernel = linearKernel(
  "log_softmax",
  FIELDS,
  /* wgsl */ `${MAXIMUM}
  for (var j = 0u; j < p.columns; j++) { sum += exponential(memory[x + j] - m); }
  let logSum = log(sum);
  for (var j = 0u; j < p.columns; j++) { memory[y + j] = memory[x + j] - m - logSum; }
`,
  EXP,
);
