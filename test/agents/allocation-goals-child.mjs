// Prints what act and observe allocate where there are goals: a Dict is encoded, and an episode relabelled when it is over.

import { box, DQN, dict, discrete, multiBinary } from "../../dist/index.js";
import { printAllocations } from "./allocation-measure.mjs";

const equal = (a, b) => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
const agent = new DQN(
  {
    observationSpace: dict({ observation: box(-1, 1, [3]), achievedGoal: multiBinary(4), desiredGoal: multiBinary(4) }),
    actionSpace: discrete(2),
    computeReward: (achieved, desired) => (equal(achieved, desired) ? 0 : -1),
    computeTerminated: equal,
  },
  { preset: false, capacity: 20_000, nStep: 3, hindsight: "future", network: { hidden: [16] } },
);
const observed = () => ({
  observation: Float32Array.of(0.1, 0.2, 0.3),
  achievedGoal: Uint8Array.of(0, 0, 0, 0),
  desiredGoal: Uint8Array.of(1, 1, 1, 0),
});
const transition = {
  observation: observed(),
  action: 0,
  reward: -1,
  nextObservation: observed(),
  terminated: false,
  truncated: false,
};
let step = 0;

const calls = {
  act: () => agent.act(transition.observation),
  observe: () => {
    step++;
    transition.nextObservation.achievedGoal[0] = step & 1;
    transition.nextObservation.achievedGoal[1] = (step >> 1) & 1;
    transition.truncated = step % 10 === 0;
    agent.observe(transition);
  },
};
await printAllocations(calls, { act: 5e4, observe: 1e5 }, { act: 5e5, observe: 2e5 });
