// Bellwether with its relaxed engine, which fuses multiplication and addition.

import relaxed from "../../../dist/engine/binary/relaxed.js";
import { DQN, supportsEngine } from "../../../dist/index.js";
import { learner } from "./bellwether-agent.mjs";

/** Reason why the engine does not run here; undefined when it runs. */
export const missing = supportsEngine(relaxed) ? undefined : "this runtime does not compile relaxed SIMD";

/** @param task see bench/agents/update-task.ts */
export function start({ file }) {
  return learner(DQN.load(file, { engine: relaxed }));
}
