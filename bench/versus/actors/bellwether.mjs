// Bellwether as its user has it: a policy file, loaded, acts.

import { DQN } from "../../../dist/index.js";

/** @param policy `{ file }`: what `agent.save({ contents: "policy" })` returned */
export async function start({ file }) {
  const agent = DQN.load(file);
  return (observation) => agent.act(observation);
}
