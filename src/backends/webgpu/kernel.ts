// Kernels: WGSL code with one entry point `main`, which works on the device memory that all handles share.
//
//   binding 0   memory    array<f32>: tensors row-major and parameters in canonical layout, at offsets counted in floats
//   binding 1   p         struct Params, its fields 4 bytes each, in the order in which the host writes them (CommandStream)
//   binding 2   records   array<u32>: a replay memory, for kernels that read one
//
// WGSL does not define infinities and NaN, and lets products and sums fuse. So kernels agree with the reference backend only
// within a tolerance and for finite numbers (test/webgpu). Letters as in operations/.

export interface Kernel {
  readonly name: string;
  /** Code of the kernel, `struct Params` included. */
  readonly code: string;
  readonly readsRecords: boolean;
}

/** Invocations of a workgroup in kernels over a whole block or tensor. */
export const LINEAR_GROUP = 256;
/** Largest number of groups in one dimension. A kernel over n numbers that needs more groups is laid out as a rectangle. */
const MAX_GROUPS_X = 32_768;

export function linearGroupsX(n: number): number {
  return Math.min(Math.ceil(n / LINEAR_GROUP), MAX_GROUPS_X);
}

export function linearGroupsY(n: number): number {
  return Math.ceil(Math.ceil(n / LINEAR_GROUP) / MAX_GROUPS_X);
}

/** Stands for an offset when there is no such tensor. */
export const NONE = 0xffffffff;

const HEAD = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> memory: array<f32>;
@group(0) @binding(1) var<uniform> p: Params;
const NONE = ${NONE}u;
`;

const RECORDS = /* wgsl */ `
@group(0) @binding(2) var<storage, read> records: array<u32>;
`;

/** Makes a kernel. @param fields fields of `Params`, in order: "rows: u32, x: u32, rate: f32" */
export function kernel(name: string, fields: string, code: string, readsRecords: boolean = false): Kernel {
  const head = `struct Params { ${fields} }\n${HEAD}${readsRecords ? RECORDS : ""}`;
  return { name, code: head + code, readsRecords };
}

/** Makes a kernel whose `body` runs for every k below p.n. The code `functions` stands before the entry point. */
export function linearKernel(name: string, fields: string, body: string, functions: string = ""): Kernel {
  const code = /* wgsl */ `
${functions}
@compute @workgroup_size(${LINEAR_GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let k = (group.y * groups.x + group.x) * ${LINEAR_GROUP}u + local;
  if (k >= p.n) { return; }
  ${body}
}
`;
  return kernel(name, `n: u32, ${fields}`, code);
}

/**
 * Code of fn sumOfGroup(t, x): the sum of x over all invocations t of a workgroup of root x root; every invocation gets it.
 * The sum runs in two steps of `root` terms: a tree has a barrier per level, and software adapters spend their time in
 * barriers.
 */
export function groupSum(root: number): string {
  return /* wgsl */ `
var<workgroup> terms: array<f32, ${root * root}>;
var<workgroup> sums: array<f32, ${root}>;
fn sumOfGroup(t: u32, x: f32) -> f32 {
  terms[t] = x;
  workgroupBarrier();
  if (t < ${root}u) {
    var sum = 0.0;
    for (var j = 0u; j < ${root}u; j++) { sum += terms[t * ${root}u + j]; }
    sums[t] = sum;
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var j = 0u; j < ${root}u; j++) { sum += sums[j]; }
  return sum;
}
`;
}
