// Losses of action values: targets, errors, loss and the gradient of the outputs in one pass over the batch, by one
// workgroup. See operations/value-loss.ts. Differs from the CPU: sums over the batch are float32.

import { groupSum, type Kernel, kernel } from "../kernel.ts";
import { EXP } from "./exp.ts";

const ROOT = 16;
const GROUP: number = ROOT * ROOT;

/** Codes of `loss`. */
export const LOSS_CODE = { mse: 0, huber: 1 } as const;

const REGRESSION_FIELDS =
  "rows: u32, columns: u32, q: u32, action: u32, weight: u32, loss: u32, dQ: u32, target_: u32, absError: u32, metrics: u32";

/** Makes a kernel. @param target statements that set `goal`, the target of row b, whose values begin at offset `row` */
function regressionKernel(name: string, fields: string, functions: string, target: string): Kernel {
  return kernel(
    name,
    `${REGRESSION_FIELDS}${fields === "" ? "" : `, ${fields}`}`,
    /* wgsl */ `
${groupSum(ROOT)}
${functions}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) local: u32) {
  var lossSum = 0.0;
  var qSum = 0.0;
  for (var b = local; b < p.rows; b += ${GROUP}u) {
    let row = b * p.columns;
    let taken = u32(memory[p.action + b]);
    ${target}
    let q = memory[p.q + row + taken];
    let error = q - goal;
    let size = abs(error);
    var w = 1.0;
    if (p.weight != NONE) { w = memory[p.weight + b]; }
    var term = error * error;
    var slope = 2.0 * error;
    if (p.loss == ${LOSS_CODE.huber}u) {
      term = select(size - 0.5, 0.5 * error * error, size <= 1.0);
      slope = clamp(error, -1.0, 1.0);
    }
    for (var a = 0u; a < p.columns; a++) {
      memory[p.dQ + row + a] = select(0.0, slope * w / f32(p.rows), a == taken);
    }
    memory[p.absError + b] = size;
    lossSum += term * w;
    qSum += q;
  }
  let loss = sumOfGroup(local, lossSum);
  let q = sumOfGroup(local, qSum);
  if (local == 0u) {
    memory[p.metrics] = loss / f32(p.rows);
    memory[p.metrics + 1u] = q / f32(p.rows);
  }
}
`,
  );
}

export const VALUE_REGRESSION: Kernel = regressionKernel(
  "value_regression",
  "",
  "",
  "let goal = memory[p.target_ + b];",
);

export const TD_UPDATE: Kernel = regressionKernel(
  "td_update",
  "nextQ: u32, selectionQ: u32, reward: u32, discount: u32",
  "",
  /* wgsl */ `
    var goal = memory[p.reward + b];
    let discount = memory[p.discount + b];
    // Past a terminal state the networks may say anything.
    if (discount != 0.0) {
      var best = 0u;
      for (var a = 1u; a < p.columns; a++) {
        if (memory[p.selectionQ + row + a] > memory[p.selectionQ + row + best]) { best = a; }
      }
      goal += discount * memory[p.nextQ + row + best];
    }
    memory[p.target_ + b] = goal;`,
);

export const MUNCHAUSEN_UPDATE: Kernel = regressionKernel(
  "munchausen_update",
  "nextQ: u32, policyQ: u32, reward: u32, discount: u32, alpha: f32, temperature: f32, lowest: f32",
  /* wgsl */ `
${EXP}
fn largest(row: u32) -> f32 {
  var m = memory[row];
  for (var a = 1u; a < p.columns; a++) { m = max(m, memory[row + a]); }
  return m;
}

// tau ln S, S = sum over a of exp((q[a] - m) / tau).
fn scaledLogSum(row: u32, m: f32) -> f32 {
  var sum = 0.0;
  for (var a = 0u; a < p.columns; a++) { sum += exponential((memory[row + a] - m) / p.temperature); }
  return p.temperature * log(sum);
}
`,
  /* wgsl */ `
    let m = largest(p.policyQ + row);
    let logPolicy = memory[p.policyQ + row + taken] - m - scaledLogSum(p.policyQ + row, m);
    var goal = memory[p.reward + b] + p.alpha * max(logPolicy, p.lowest);
    let discount = memory[p.discount + b];
    if (discount != 0.0) {
      let nextM = largest(p.nextQ + row);
      goal += discount * (nextM + scaledLogSum(p.nextQ + row, nextM));
    }
    memory[p.target_ + b] = goal;`,
);
