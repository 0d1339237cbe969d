// Prints what an agent that learns from rollouts allocates: one by one, and for several environments at once.

import { box, discrete, PQN } from "../../dist/index.js";
import { printAllocations } from "./allocation-measure.mjs";
import { ENVIRONMENTS, observations, result, transitionOf } from "./allocation-samples.mjs";

const SPACES = { observationSpace: box(-10, 10, [4]), actionSpace: discrete(2) };
const OPTIONS = {
  preset: false,
  rolloutSteps: 1024,
  epochs: 1,
  minibatches: 4,
  learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
  network: { hidden: [16, 16] },
};
const single = new PQN(SPACES, OPTIONS);
const several = new PQN(SPACES, { ...OPTIONS, environments: ENVIRONMENTS });
const normalizing = new PQN(SPACES, {
  ...OPTIONS,
  environments: ENVIRONMENTS,
  normalizeObservations: true,
  normalizeRewards: true,
});
const explore = { explore: true };
const masked = { explore: true, mask: [true, false] };
const transition = transitionOf(0);
const actions = new Int32Array(ENVIRONMENTS);
let step = 0;

function stepRows(agent) {
  step++;
  agent.actRows(observations, actions);
  result.reward[step & 3] = (step % 7) / 3;
  result.terminated[1] = step % 50 === 0 ? 1 : 0;
  result.truncated[2] = step % 70 === 0 ? 1 : 0;
  agent.observeRows(observations, actions, result);
  agent.update();
}

const calls = {
  act: () => single.act(transition.observation),
  explore: () => single.act(transition.observation, explore),
  masked: () => single.act(transition.observation, masked),
  // With four updates per rollout: an update makes a few numbers, for the optimizer.
  observe: () => {
    step++;
    transition.observation[0] = (step % 100) / 100;
    transition.action = step & 1;
    transition.reward = (step % 7) / 3;
    transition.terminated = step % 50 === 0;
    transition.truncated = step % 70 === 0;
    single.observe(transition);
    single.update();
  },
  rows: () => stepRows(several),
  normalized: () => stepRows(normalizing),
};
const warmUps = { act: 5e4, explore: 5e4, masked: 5e4, observe: 2e4, rows: 2e4, normalized: 2e4 };
const counts = { act: 1e6, explore: 1e6, masked: 1e5, observe: 2e5, rows: 1e5, normalized: 1e5 };

await printAllocations(calls, warmUps, counts);
