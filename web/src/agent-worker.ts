// Where the agents live: the page's thread only draws.

import { DQN, make, QLearning, Sarsa, serve } from "bellwether";

serve({
  agents: { dqn: DQN, "q-learning": QLearning, sarsa: Sarsa },
  env: (id) => make(String(id)),
});
