// Prints what an agent that learns a policy for a Box allocates. The name of a distribution may follow.

import { box, PPO } from "../../dist/index.js";
import { printAllocations } from "./allocation-measure.mjs";
import { ENVIRONMENTS, observations, result, transitionOf } from "./allocation-samples.mjs";

const OPTIONS = {
  preset: false,
  rolloutSteps: 2048,
  epochs: 1,
  minibatches: 4,
  network: { hidden: [16, 16] },
  distribution: process.argv[2] === "gsde" ? { type: "gsde", sampleEverySteps: 4 } : "gaussian",
};
const spaces = { observationSpace: box(-10, 10, [4]), actionSpace: box(-1, 1, [2]) };
const single = new PPO(spaces, OPTIONS);
const several = new PPO(spaces, { ...OPTIONS, environments: ENVIRONMENTS });
const into = new Float32Array(2);
const greedy = { into };
const explore = { explore: true, into };
const transition = transitionOf(new Float32Array(2));
const actions = new Float32Array(2 * ENVIRONMENTS);
let step = 0;

const calls = {
  act: () => single.act(transition.observation, greedy),
  explore: () => single.act(transition.observation, explore),
  observe: () => {
    step++;
    transition.observation[0] = (step % 100) / 100;
    transition.action = single.act(transition.observation, explore);
    transition.reward = (step % 7) / 3;
    transition.terminated = step % 50 === 0;
    single.observe(transition);
    single.update();
  },
  rows: () => {
    step++;
    several.actRows(observations, actions);
    result.reward[step & 3] = (step % 7) / 3;
    result.terminated[1] = step % 50 === 0 ? 1 : 0;
    several.observeRows(observations, actions, result);
    several.update();
  },
};
const warmUps = { act: 5e4, explore: 5e4, observe: 2e4, rows: 2e4 };
const counts = { act: 1e6, explore: 1e6, observe: 1e5, rows: 1e5 };

await printAllocations(calls, warmUps, counts);
