// Prints what act, observe and update allocate, of DQN or of the agent of its family that the argument names.

import { BootstrappedDQN, box, DQN, discrete } from "../../dist/index.js";
import { printAllocations } from "./allocation-measure.mjs";

const Agent = { BootstrappedDQN, DQN }[process.argv[2] ?? "DQN"];
const agent = new Agent(
  { observationSpace: box(-10, 10, [4]), actionSpace: discrete(2) },
  {
    preset: false,
    capacity: 20_000,
    warmupSteps: 100,
    double: true,
    dueling: true,
    nStep: 3,
    learningRate: { type: "linear", from: 1e-3, to: 0, fraction: 1 },
    network: { hidden: [16, 16] },
    targetIntervalUpdates: 10,
    tau: 0.5,
  },
);
const transition = {
  observation: Float32Array.of(0.1, 0.2, 0.3, 0.4),
  action: 0,
  reward: 1.5,
  nextObservation: Float32Array.of(0.2, 0.3, 0.4, 0.5),
  terminated: false,
  truncated: false,
};
const explore = { explore: true };
const masked = { explore: true, mask: [true, false] };
let step = 0;

const calls = {
  act: () => agent.act(transition.observation),
  explore: () => agent.act(transition.observation, explore),
  masked: () => agent.act(transition.observation, masked),
  observe: () => {
    step++;
    transition.observation[0] = (step % 100) / 100;
    transition.action = step & 1;
    transition.reward = (step % 7) / 3;
    transition.terminated = step % 50 === 0;
    transition.truncated = step % 70 === 0;
    agent.observe(transition);
  },
  update: () => agent.update(),
};
const warmUps = { act: 5e4, explore: 5e4, masked: 5e4, observe: 5e4, update: 5e3 };
const counts = { act: 1e6, explore: 1e6, masked: 1e5, observe: 1e6, update: 2e4 };

for (let i = 0; i < 300; i++) calls.observe();
await printAllocations(calls, warmUps, counts);
