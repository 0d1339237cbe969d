// The common part of bellwether.mjs and bellwether-relaxed.mjs.

import { decodeCheckpoint } from "../../../dist/formats/checkpoint.js";

export function learner(agent) {
  const update = () => agent.update();
  return {
    learn: update,
    /** Makes an update. The batch that this agent draws next is the batch of the task. */
    update,
    state: () => learningState(decodeCheckpoint(agent.save()).tensors),
  };
}

/**
 * Returns the part of a run's file that an update changes: weight and bias of each layer, for the online network, the target
 * network and Adam's two moments. Weights have the layout [out, in].
 */
export function learningState(tensors) {
  const block = (prefix) =>
    [...tensors]
      .filter(([name]) => new RegExp(`^${prefix}\\d+\\.(weight|bias)$`).test(name))
      .map(([, { data }]) => data);
  return {
    online: block(""),
    target: block("target\\."),
    m: block("optimizer\\.m\\."),
    v: block("optimizer\\.v\\."),
  };
}
