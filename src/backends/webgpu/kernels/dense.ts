// Dense layers: three products of one form, C[m, n] = sum over k of A[m, k] B[k, n], k in order. A workgroup of 64
// invocations computes a tile of C; each invocation computes 4 x 4 numbers. The group goes along k in slices, which it loads
// together into workgroup memory:
//
//            n, 32 wide              forward          y  = x W^T + bias    M = B, N = O, K = I
//          +-----------+             input gradient   dx = dz W            M = B, N = I, K = O
//   k, 32  |   B       |             weight gradient  dW = dz^T x          M = O, N = I, K = B
//          +-----------+
//   A slice  C tile
//   32 x 32  32 x 32
//
// Neighbouring invocations load neighbouring numbers, so that the contiguous index of each matrix is part of the kernel.

import { type Kernel, kernel } from "../kernel.ts";
import { ACTIVATE } from "./activation.ts";

/** Rows and columns of a tile of C. */
export const DENSE_TILE = 32;
const SLICE = 32;
const GROUP = 64;

interface Product {
  /** Index of A that is contiguous in memory. */
  readonly a: "m" | "k";
  /** Index of B that is contiguous in memory. */
  readonly b: "k" | "n";
  /** Expression, a vec4f, from which the sums of the four columns from firstN + ownN on start. */
  readonly start: string;
  /** Code in the loop over k, after the numbers `left` were loaded. */
  readonly perSlice: string;
  /** Code that writes `sum`, the finished element [m, n] of C. */
  readonly store: string;
  /** Code at the end, run once per invocation. */
  readonly last: string;
}

/** Writes code out for 0 .. 3: constant indices keep the sums in registers. */
function each(code: (i: number) => string, separator: string = "\n  "): string {
  return [0, 1, 2, 3].map(code).join(separator);
}

/** Makes the kernel of a product of A [m, k] and B [k, n]. Strides follow from the contiguous indices. */
function productKernel(name: string, fields: string, functions: string, product: Product): Kernel {
  const { a, b } = product;
  const load = (slice: string, contiguous: string, inside: string, address: string, row: string): string => /* wgsl */ `
      {
        let e = local + turn * ${GROUP}u;
        ${contiguous}
        var value = 0.0;
        if (${inside}) { value = memory[${address}]; }
        ${slice}[k * ${DENSE_TILE}u + ${row}] = value;
      }`;
  const alongK = (row: string): string => `let k = e % ${SLICE}u; let ${row} = e / ${SLICE}u;`;
  const across = (row: string): string => `let ${row} = e % ${DENSE_TILE}u; let k = e / ${DENSE_TILE}u;`;
  const loadA = load(
    "sliceA",
    a === "k" ? alongK("m") : across("m"),
    "firstM + m < p.m && first + k < p.k",
    a === "k" ? "p.a + (firstM + m) * p.k + first + k" : "p.a + (first + k) * p.m + firstM + m",
    "m",
  );
  const loadB = load(
    "sliceB",
    b === "k" ? alongK("n") : across("n"),
    "firstN + n < p.n && first + k < p.k",
    b === "k" ? "p.b + (firstN + n) * p.k + first + k" : "p.b + (first + k) * p.n + firstN + n",
    "n",
  );
  return kernel(
    name,
    `m: u32, n: u32, k: u32, a: u32, b: u32, c: u32, ${fields}`,
    /* wgsl */ `
${functions}
fn store(m: u32, n: u32, sum: f32) {
  if (m >= p.m || n >= p.n) { return; }
  ${product.store}
}

var<workgroup> sliceA: array<f32, ${SLICE * DENSE_TILE}>;
var<workgroup> sliceB: array<f32, ${SLICE * DENSE_TILE}>;

@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let firstM = group.y * ${DENSE_TILE}u;
  let firstN = group.x * ${DENSE_TILE}u;
  let ownM = (local / 8u) * 4u;
  let ownN = (local % 8u) * 4u;
  ${each((i) => `var sum${i} = ${product.start};`)}
  var rowSums = vec4f();
  for (var first = 0u; first < p.k; first += ${SLICE}u) {
    workgroupBarrier();
    for (var turn = 0u; turn < ${(SLICE * DENSE_TILE) / GROUP}u; turn++) {${loadA}${loadB}
    }
    workgroupBarrier();
    for (var k = 0u; k < ${SLICE}u; k++) {
      let atA = k * ${DENSE_TILE}u + ownM;
      let atB = k * ${DENSE_TILE}u + ownN;
      let left = vec4f(sliceA[atA], sliceA[atA + 1u], sliceA[atA + 2u], sliceA[atA + 3u]);
      let right = vec4f(sliceB[atB], sliceB[atB + 1u], sliceB[atB + 2u], sliceB[atB + 3u]);
      ${each((i) => `sum${i} += left[${i}] * right;`)}
      ${product.perSlice}
    }
  }
  ${each((i) => each((j) => `store(firstM + ownM + ${i}u, firstN + ownN + ${j}u, sum${i}[${j}]);`))}
  ${product.last}
}
`,
  );
}

/** The forward product: writes y and, where an offset is given, z. */
export const DENSE_FORWARD: Kernel = productKernel("dense_forward", "bias: u32, activation: u32, z: u32", ACTIVATE, {
  a: "k",
  b: "k",
  // Past the last column it may be any number: no sum that starts from it is stored.
  start: `vec4f(${each((j) => `memory[p.bias + firstN + ownN + ${j}u]`, ", ")})`,
  perSlice: "",
  store: /* wgsl */ `
  if (p.z != NONE) { memory[p.z + m * p.n + n] = sum; }
  memory[p.c + m * p.n + n] = activate(p.activation, sum);`,
  last: "",
});

export const DENSE_INPUT_GRADIENT: Kernel = productKernel("dense_input_gradient", "", "", {
  a: "k",
  b: "n",
  start: "vec4f()",
  perSlice: "",
  store: "memory[p.c + m * p.n + n] = sum;",
  last: "",
});

/** The weight gradient: writes dW and dbias. The workgroups of the first columns sum dz for dbias on the way. */
export const DENSE_WEIGHT_GRADIENT: Kernel = productKernel("dense_weight_gradient", "bias: u32", "", {
  a: "m",
  b: "n",
  start: "vec4f()",
  perSlice: "rowSums += left;",
  store: "memory[p.c + m * p.n + n] = sum;",
  last: /* wgsl */ `
  if (group.x == 0u && ownN == 0u) {
    ${each((i) => `if (firstM + ownM + ${i}u < p.m) { memory[p.bias + firstM + ownM + ${i}u] = rowSums[${i}]; }`)}
  }`,
});
