// One update of DQN, timed inside the runtime that runs this bundle. The entries in test/runtimes call `perform`.

import { box, DQN, discrete, supportsEngine } from "bellwether";
import relaxed from "bellwether/relaxed";

const TRANSITIONS = 10_000;

let agent;
let agentTask;

/**
 * Times updates by this runtime's clock.
 * @param task.engine "strict" or "relaxed" @param task.updates number of updates in a round @param task.rounds number of rounds
 * @returns microseconds of an update, one number for each round; all 0 where clocks stand still; null if the engine cannot run
 */
export function perform({ shape, engine, updates, rounds }) {
  if (engine === "relaxed" && !supportsEngine(relaxed)) return null;
  const task = JSON.stringify({ shape, engine });
  if (agentTask !== task) agent = train(shape, engine === "relaxed" ? { engine: relaxed } : {});
  agentTask = task;
  return Array.from({ length: rounds }, () => {
    const begun = performance.now();
    agent.update({ maxUpdates: updates });
    return ((performance.now() - begun) * 1000) / updates;
  });
}

function train({ inputs, hidden, actions, batchSize }, options) {
  const spaces = { observationSpace: box(-10, 10, [inputs]), actionSpace: discrete(actions) };
  const learner = new DQN(spaces, {
    network: { hidden },
    batchSize,
    capacity: TRANSITIONS,
    warmupSteps: 0,
    learningRate: 1e-4,
    targetIntervalUpdates: 1,
    tau: 0.005,
    maxGradientNorm: null,
    ...options,
  });
  const row = (i) => Float32Array.from({ length: inputs }, (_, j) => ((i * 31 + j * 17) % 101) / 50 - 1);
  for (let i = 0; i < TRANSITIONS; i++) {
    learner.observe({
      observation: row(i),
      action: i % actions,
      reward: 1,
      nextObservation: row(i + 1),
      terminated: i % 20 === 0,
      truncated: false,
    });
  }
  return learner;
}
