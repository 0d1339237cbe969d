// Copies sampled transitions from the replay memory (../replay-memory.ts shows a record) into a batch. One invocation per
// row b and number j of an observation, k = b I + j.

import type { ObservationStorage } from "../../../operations/replay.ts";
import { type Kernel, kernel, LINEAR_GROUP } from "../kernel.ts";

export const STORAGE_CODE: Readonly<Record<ObservationStorage, number>> = { float32: 0, uint8: 1, "one-hot": 2 };

export const REPLAY_GATHER: Kernel = kernel(
  "replay_gather",
  `n: u32, size: u32, storage: u32, stride: u32, words: u32, actions: u32, index: u32,
   observation: u32, action: u32, reward: u32, next: u32, discount: u32, weight: u32`,
  /* wgsl */ `
fn number(first: u32, j: u32) -> f32 {
  switch (p.storage) {
    case 1u: { return f32((records[first + j / 4u] >> (8u * (j % 4u))) & 255u); }
    case 2u: { return select(0.0, 1.0, records[first] == j); }
    default: { return bitcast<f32>(records[first + j]); }
  }
}

@compute @workgroup_size(${LINEAR_GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let k = (group.y * groups.x + group.x) * ${LINEAR_GROUP}u + local;
  if (k >= p.n) { return; }
  let b = k / p.size;
  let j = k % p.size;
  let record = u32(memory[p.index + b]) * p.stride;
  memory[p.observation + k] = number(record, j);
  memory[p.next + k] = number(record + p.words, j);
  if (j != 0u) { return; }
  let rest = record + 2u * p.words;
  for (var a = 0u; a < p.actions; a++) { memory[p.action + b * p.actions + a] = bitcast<f32>(records[rest + a]); }
  memory[p.reward + b] = bitcast<f32>(records[rest + p.actions]);
  memory[p.discount + b] = bitcast<f32>(records[rest + p.actions + 1u]);
  if (p.weight != NONE) { memory[p.weight + b] = 1.0; }
}
`,
  true,
);
