// What every runtime with WebGPU does, through the public package alone: a short training on the device and on the engine.

import { box, DQN, discrete } from "bellwether";

const SPACES = { observationSpace: box(-1, 1, [4]), actionSpace: discrete(2) };

const OPTIONS = {
  seed: 1,
  preset: false,
  network: { hidden: [16] },
  batchSize: 16,
  capacity: 100,
  warmupSteps: 16,
  learningRate: 1e-3,
  double: true,
};

/**
 * @param backend of `DQN.create`
 * @returns the largest difference between the two agents' values, and how far training moved them
 */
export async function perform(backend) {
  const device = await DQN.create(SPACES, { ...OPTIONS, backend });
  const engine = new DQN(SPACES, OPTIONS);
  const probe = [0.5, -0.5, 0.25, 1];
  const before = engine.qValues(probe);
  for (const agent of [device, engine]) {
    for (let i = 0; i < 60; i++) {
      const observation = [i % 2, (i % 3) / 3, (i % 5) / 5, (i % 7) / 7];
      const reward = observation[1 + (i % 2)];
      const nextObservation = observation.map((x) => 1 - x);
      agent.observe({
        observation,
        action: i % 2,
        reward,
        nextObservation,
        terminated: i % 10 === 9,
        truncated: false,
      });
    }
    agent.update({ maxUpdates: 50 });
  }
  await device.sync();
  const after = engine.qValues(probe);
  const largest = (a, b) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));
  const answer = { difference: largest(device.qValues(probe), after), moved: largest(after, before) };
  device.dispose();
  return answer;
}
