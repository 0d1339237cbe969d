// What both engines have in common.

import { decodeCheckpoint } from "../../../dist/formats/checkpoint.js";

export function learner(agent) {
  const update = () => agent.update();
  return {
    learn: update,
    /** The task's batch is the one that this agent draws next. */
    update,
    state: () => learningState(decodeCheckpoint(agent.save()).tensors),
  };
}

/**
 * What an update changes, out of a run's file: for the online and the target network and Adam's two moments, weight and
 * bias of each layer, weights in [out, in] layout.
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
