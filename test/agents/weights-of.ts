// An agent's weights as plain numbers.

import { decodeSafetensors } from "../../src/formats/safetensors.ts";

export type Weights = ReadonlyMap<string, number[]>;

/** By name, as `exportWeights` has them. */
export function weightsOf(agent: { exportWeights(): Uint8Array }): Map<string, number[]> {
  const { tensors } = decodeSafetensors(agent.exportWeights());
  return new Map([...tensors].map(([name, { data }]) => [name, Array.from(data as Float32Array)]));
}
