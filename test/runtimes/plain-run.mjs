// The run whose weights every runtime must end with, of a library that its caller loaded in a way of its own.

export const STEPS = 5000;
export const STEPS_AFTER_SAVE = 1000;

export const PLAIN = {
  seed: 1,
  preset: false,
  totalSteps: STEPS + STEPS_AFTER_SAVE,
  network: { hidden: [64, 64], activation: "relu" },
  batchSize: 64,
  capacity: 4000,
  warmupSteps: 500,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 200,
  learningRate: 1e-3,
};

/** @returns the weights after STEPS */
export async function trainPlain({ DQN, make }, extra = {}) {
  const agent = new DQN(make("CartPole-v1"), { ...PLAIN, ...extra });
  await agent.learn(STEPS);
  const weights = await agent.weightsSha256();
  agent.dispose();
  return weights;
}
