// Where the agents live: the page's thread only draws.

import { DQN, make, QLearning, Sarsa, serve } from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";

registerDiagnostics();
registerArcade();

serve({
  agents: { dqn: DQN, "q-learning": QLearning, sarsa: Sarsa },
  env: (id) => make(String(id)),
});
