// The 4-64-64-2 policy that every library uses, and the observations.

import { box, DQN, discrete } from "../../dist/index.js";

const SIZES = [4, 64, 64, 2];
/** With this seed both actions occur, and no two values are closer than 1e-4: no order of summation changes an action. */
const SEED = 3;

/**
 * Returns the task. `policy.file` is Bellwether's policy file. `policy.layers` holds the same weights as plain arrays for the
 * other libraries: weights in the layout [out, in], ReLU between layers.
 */
export function makePolicy() {
  const spaces = { observationSpace: box(-4, 4, [SIZES[0]]), actionSpace: discrete(SIZES.at(-1)) };
  const agent = new DQN(spaces, { seed: SEED, network: { hidden: SIZES.slice(1, -1) } });
  const tensors = readSafetensors(agent.exportWeights());
  const layers = SIZES.slice(1).map((outputs, i) => {
    const [weight, bias] = tensors.slice(2 * i, 2 * i + 2);
    return { inputs: SIZES[i], outputs, weight, bias };
  });
  const observations = Array.from({ length: 64 }, (_, i) =>
    Float32Array.from({ length: SIZES[0] }, (_, j) => ((i * (10 * j + 15)) % 64) / 16 - 2),
  );
  return { policy: { file: agent.save({ contents: "policy" }), layers }, observations };
}

/** Returns the numbers of all tensors in the file's order: weight, bias, layer by layer. */
function readSafetensors(file) {
  const bytes = Buffer.from(file);
  const data = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, data).toString());
  return Object.values(header).map(
    ({ data_offsets: [from, to] }) => new Float32Array(Uint8Array.from(bytes.subarray(data + from, data + to)).buffer),
  );
}
