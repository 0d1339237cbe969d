// A worker as a user would write it, for node:worker_threads; "fall over" makes it die as a bug of its own would.
import { parentPort } from "node:worker_threads";
import { DQN, make, QLearning, Reinforce, serve } from "../../dist/index.js";

parentPort.on("message", (message) => {
  if (message === "fall over") throw new Error("the worker's own bug");
  if (message === "exit") process.exit(3);
});

const agents = { dqn: DQN, "q-learning": QLearning, reinforce: Reinforce };
serve({ agents, env: (id = "CartPole-v1") => make(String(id)) }, parentPort);
