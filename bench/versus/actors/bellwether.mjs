// Bellwether as a user runs it: a policy is loaded from a file and acts.

import { DQN } from "../../../dist/index.js";

/** @param policy `{ file }`: the bytes from `agent.save({ contents: "policy" })` */
export async function start({ file }) {
  const agent = DQN.load(file);
  return (observation) => agent.act(observation);
}
