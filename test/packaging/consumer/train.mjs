// What every consumer does: train, and say in which bits it ended.

import { DQN, make } from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";

/** @param extra options of the agent's beside its own */
export async function train(extra = {}) {
  // Every entry has to reach the same registry.
  registerArcade();
  registerDiagnostics();
  make("Bricks-v0");
  make("BitFlip-v0");
  const options = { seed: 1, preset: false, network: { hidden: [32, 32] }, capacity: 400, warmupSteps: 100 };
  const agent = new DQN(make("CartPole-v1"), { ...options, ...extra });
  await agent.learn(400);
  return { weights: await agent.weightsSha256() };
}
