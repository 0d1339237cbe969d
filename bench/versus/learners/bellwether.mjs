// Bellwether as a user runs it: an agent is loaded from a file and makes updates.

import { DQN } from "../../../dist/index.js";
import { learner } from "./bellwether-agent.mjs";

/** @param task see bench/agents/update-task.ts */
export function start({ file }) {
  return learner(DQN.load(file));
}
