// Bellwether with its other engine, which fuses multiply and add.

import relaxed from "../../../dist/engine/binary/relaxed.js";
import { DQN, supportsEngine } from "../../../dist/index.js";
import { learner } from "./bellwether-agent.mjs";

/** Why it does not run here, if it does not. */
export const missing = supportsEngine(relaxed) ? undefined : "this runtime does not compile relaxed SIMD";

/** @param task see bench/agents/update-task.ts */
export function start({ file }) {
  return learner(DQN.load(file, { engine: relaxed }));
}
