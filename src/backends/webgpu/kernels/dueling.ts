// The dueling head (Wang et al. 2016, eq. 9): Q = V + A - mean(A), for each of N atoms by itself. One invocation per row and
// atom, k = b N + i. A row of the head holds the N atoms of V, then those of A_1 ... A_A.

import { type Kernel, linearKernel } from "../kernel.ts";

const FIELDS = "actions: u32, atoms: u32, head: u32, q: u32";
const PLACES = /* wgsl */ `
  let b = k / p.atoms;
  let i = k % p.atoms;
  let head = p.head + b * (1u + p.actions) * p.atoms + i;
  let q = p.q + b * p.actions * p.atoms + i;
`;

export const DUELING_FORWARD: Kernel = linearKernel(
  "dueling_forward",
  FIELDS,
  /* wgsl */ `${PLACES}
  var sum = 0.0;
  for (var a = 1u; a <= p.actions; a++) { sum += memory[head + a * p.atoms]; }
  let mean = sum / f32(p.actions);
  for (var a = 0u; a < p.actions; a++) {
    memory[q + a * p.atoms] = memory[head] + memory[head + (1u + a) * p.atoms] - mean;
  }
`,
);

export const DUELING_BACKWARD: Kernel = linearKernel(
  "dueling_backward",
  FIELDS,
  /* wgsl */ `${PLACES}
  var sum = 0.0;
  for (var a = 0u; a < p.actions; a++) { sum += memory[q + a * p.atoms]; }
  let mean = sum / f32(p.actions);
  memory[head] = sum;
  for (var a = 0u; a < p.actions; a++) { memory[head + (1u + a) * p.atoms] = memory[q + a * p.atoms] - mean; }
`,
);
