// The actor of ../bellwether.mjs, from the file that `import "bellwether"` loads in Node.

import { DQN } from "../../../../dist/bundled/index.js";

/** @param policy as in ../bellwether.mjs */
export async function start({ file }) {
  const agent = DQN.load(file);
  return (observation) => agent.act(observation);
}
