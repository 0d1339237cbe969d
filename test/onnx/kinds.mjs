// Every kind of agent, network, observation and action: a line each. Trained for a while in a world of chance, and with weights that
// are moved away from where they began, so that nothing is 0 or 1 by its start alone.

import * as library from "../../dist/index.js";
import { AveragedDQN } from "../../examples/own-algorithm/averaged-dqn.mjs";
import { draws, randomWorld } from "./random-world.mjs";

const {
  A2C,
  BootstrappedDQN,
  C51,
  DQN,
  IQN,
  MunchausenDQN,
  PPO,
  PQN,
  QLearning,
  QRDQN,
  Rainbow,
  Reinforce,
  Sarsa,
  TRPO,
} = library;
const { box, dict, discrete, multiBinary, multiDiscrete } = library;

const network = { hidden: [24, 17] };
const replayed = { network, batchSize: 16, capacity: 250, warmupSteps: 40, trainIntervalSteps: 2, learningRate: 1e-3 };
const rollouts = { network, rolloutSteps: 32, minibatches: 4, epochs: 2, learningRate: 1e-3 };
const wide = { ...rollouts, network: { ...network, activation: "tanh" } };

const numbers = box(-2, 2, [5]);
const unbounded = box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [4]);
const far = box([-1, 999, -20_000.123, 0], [1, 1001, -19_999.877, 1e-3]);
const bytes = box(0, 255, [3, 12, 10], "uint8");
const planes = box(0, 1, [2, 9, 9]);
const goal = dict({
  observation: box(-1, 1, [3]),
  place: discrete(4, 2),
  inner: dict({ bits: multiBinary(2), parts: multiDiscrete([2, 3]) }),
});
const four = discrete(4);
const reach = box([-2, 0, -0.5], [2, 1, 7]);
const image = {
  hidden: [19],
  convolution: [
    { filters: 6, kernel: 4, stride: 2 },
    { filters: 5, kernel: 3 },
  ],
};
const ACTIVATIONS = ["identity", "relu", "tanh", "silu", "gelu", "elu", "sigmoid"];
const implicit = { type: "implicit-quantile", quantiles: 6, nextQuantiles: 5, actingQuantiles: 9 };
const gru = { type: "gru", units: 11 };

/** name -> class, observations, actions, options */
const KINDS = {
  ...Object.fromEntries(
    ACTIVATIONS.flatMap((activation) => [
      [`dense, ${activation}`, [DQN, numbers, four, { ...replayed, network: { ...network, activation } }]],
      [
        `dense, ${activation} behind layer norm`,
        [DQN, numbers, four, { ...replayed, network: { ...network, activation, layerNorm: true } }],
      ],
    ]),
  ),
  linear: [DQN, numbers, four, { ...replayed, network: { hidden: [] } }],
  double: [DQN, numbers, four, { ...replayed, double: true, nStep: 3 }],
  dueling: [DQN, numbers, four, { ...replayed, dueling: true }],
  noisy: [DQN, numbers, four, { ...replayed, noisy: true, dueling: true }],
  "numbers from 7": [DQN, numbers, discrete(3, 7), replayed],
  "a single action": [DQN, numbers, discrete(1), replayed],
  c51: [C51, numbers, four, { ...replayed, distribution: { type: "categorical", atoms: 21, low: -4, high: 6 } }],
  "c51, dueling": [C51, numbers, four, { ...replayed, dueling: true }],
  "qr-dqn": [QRDQN, numbers, four, { ...replayed, distribution: { type: "quantile", quantiles: 10 } }],
  "qr-dqn, dueling": [QRDQN, numbers, four, { ...replayed, dueling: true }],
  iqn: [IQN, numbers, four, { ...replayed, distribution: implicit }],
  "iqn, dueling": [IQN, numbers, four, { ...replayed, dueling: true, network: { ...network, layerNorm: true } }],
  "iqn, linear": [IQN, numbers, four, { ...replayed, distribution: implicit, network: { hidden: [] } }],
  "iqn, one layer": [IQN, numbers, four, { ...replayed, distribution: implicit, network: { hidden: [16] } }],
  munchausen: [MunchausenDQN, numbers, four, replayed],
  rainbow: [Rainbow, numbers, four, replayed],
  "rainbow of quantiles": [Rainbow, numbers, four, { ...replayed, distribution: { type: "quantile", quantiles: 8 } }],
  "ensemble with priors": [BootstrappedDQN, numbers, four, { ...replayed, ensemble: { members: 4, priorScale: 2 } }],
  "ensemble of dueling networks": [BootstrappedDQN, numbers, four, { ...replayed, dueling: true }],
  pqn: [PQN, numbers, four, { ...rollouts, network: { ...network, layerNorm: true } }],
  "pqn, normalised": [PQN, far, four, { ...rollouts, normalizeObservations: true }],
  "an agent built from parts": [AveragedDQN, numbers, four, replayed],

  "images of bytes": [DQN, bytes, four, { ...replayed, network: image }],
  "images of bytes, dueling": [DQN, bytes, four, { ...replayed, network: image, dueling: true }],
  "images of bytes, rescaled": [DQN, bytes, four, { ...replayed, network: image, rescaleObservations: true }],
  "images of bytes, layer norm": [
    PQN,
    bytes,
    four,
    { ...rollouts, network: { ...image, layerNorm: true, activation: "silu" } },
  ],
  "images of float32": [DQN, planes, four, { ...replayed, network: { ...image, activation: "gelu" } }],
  "images, c51 and noisy": [Rainbow, planes, four, { ...replayed, network: image }],
  "images, a policy": [PPO, bytes, four, { ...rollouts, network: image, sharedNetwork: true }],
  "images, normalised": [PPO, planes, four, { ...rollouts, network: image, normalizeObservations: true }],
  "images without hidden layers": [PPO, planes, reach, { ...rollouts, network: { ...image, hidden: [] } }],
  "images to dense layers": [DQN, bytes, four, { ...replayed, rescaleObservations: true }],

  "numbered observations": [DQN, discrete(9, -3), four, replayed],
  "several numbered observations": [DQN, multiDiscrete([3, 2, 4]), four, replayed],
  "bits observed": [DQN, multiBinary(6), four, replayed],
  "a Dict observed": [DQN, goal, four, replayed],
  "a Dict observed by a policy": [PPO, goal, reach, wide],
  "a matrix observed": [PPO, box(-1, 1, [2, 3]), four, wide],
  "a single number observed": [DQN, box(-1, 1, []), four, replayed],
  "rescaled observations": [DQN, far, four, { ...replayed, rescaleObservations: true }],
  "normalised observations": [PPO, far, four, { ...wide, normalizeObservations: true, normalizeRewards: true }],
  "normalised and clipped": [PPO, far, four, { ...wide, normalizeObservations: { clip: 0.7, epsilon: 0.1 } }],
  "unbounded observations": [PPO, unbounded, reach, wide],

  ppo: [PPO, numbers, four, wide],
  "one network for policy and value": [PPO, numbers, four, { ...wide, sharedNetwork: true }],
  a2c: [A2C, numbers, four, { network, rolloutSteps: 16 }],
  reinforce: [Reinforce, numbers, four, { network, episodesPerUpdate: 2 }],
  trpo: [TRPO, numbers, four, { network, rolloutSteps: 64 }],
  "several choices": [PPO, numbers, multiDiscrete([3, 2, 4]), wide],
  "one of several choices": [PPO, numbers, multiDiscrete([3]), wide],
  "several choices, one network": [
    A2C,
    numbers,
    multiDiscrete([2, 2]),
    { network, rolloutSteps: 16, sharedNetwork: true },
  ],
  bits: [PPO, numbers, multiBinary(5), wide],
  "a policy of numbers from 7": [PPO, numbers, discrete(3, 7), wide],
  "gaussian, shared deviations": [PPO, numbers, reach, wide],
  "gaussian, deviations of the state": [
    PPO,
    numbers,
    reach,
    { ...wide, distribution: { type: "gaussian", stateDependent: true } },
  ],
  "gaussian, deviations of the state, one network": [
    PPO,
    numbers,
    reach,
    { ...wide, sharedNetwork: true, distribution: { type: "gaussian", stateDependent: true, squashed: true } },
  ],
  "gaussian, linear": [PPO, numbers, reach, { ...wide, network: { hidden: [] } }],
  squashed: [PPO, numbers, reach, { ...wide, distribution: { type: "gaussian", squashed: true } }],
  unbounded: [PPO, numbers, box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [2]), wide],
  "bounded on one side": [PPO, numbers, box([0, Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY, 0.1]), wide],
  "a matrix of actions": [PPO, numbers, box(-0.2, 0.2, [2, 2]), wide],
  gsde: [PPO, numbers, reach, { ...wide, distribution: "gsde" }],
  "gsde, shared deviations": [PPO, numbers, reach, { ...wide, distribution: { type: "gsde", sharedDeviations: true } }],
  "gsde, squashed": [
    PPO,
    numbers,
    reach,
    { ...wide, distribution: { type: "gsde", squashed: true, logDeviation: -1 } },
  ],
  "gsde, one network": [PPO, numbers, reach, { ...wide, distribution: "gsde", sharedNetwork: true }],
  "gsde, linear": [TRPO, numbers, reach, { network: { hidden: [] }, rolloutSteps: 64, distribution: "gsde" }],
  "trpo, gaussian": [TRPO, numbers, reach, { network, rolloutSteps: 64 }],

  memory: [PPO, numbers, four, { ...wide, recurrent: gru }],
  "memory, one network": [PPO, numbers, multiDiscrete([3, 2]), { ...wide, recurrent: gru, sharedNetwork: true }],
  "memory, gaussian, normalised": [PPO, far, reach, { ...wide, recurrent: gru, normalizeObservations: true }],
  "memory, gsde": [PPO, goal, reach, { ...wide, recurrent: gru, distribution: "gsde" }],

  "a table": [QLearning, discrete(12), four, {}],
  "a table of numbers from 3": [Sarsa, discrete(5, 3), discrete(3, -1), {}],
  "a table of several numbers": [QLearning, multiDiscrete([3, 4, 2]), four, { stepSize: 0.3 }],
};

const STEPS = 200;

/** Agents of the library without a line above: small, in the plainest world that suits what they say of themselves. */
const known = new Set(Object.values(KINDS).map(([Agent]) => Agent));
const unlisted = Object.values(library).filter((each) => typeof each?.about === "object" && !known.has(each));
const others = unlisted.map((Agent) => {
  const { actions, algorithm, fields, observations } = Agent.about;
  const usual = Object.entries({ ...replayed, ...rollouts }).filter(([name]) => Object.hasOwn(fields, name));
  const seen = observations === undefined ? numbers : discrete(12);
  return [algorithm, [Agent, seen, actions.includes("discrete") ? four : reach, Object.fromEntries(usual)]];
});

/** @returns agents by the names of their kinds, made when they are asked for */
export function makers() {
  return [...Object.entries(KINDS), ...others].map(([name, [Agent, observationSpace, actionSpace, options]], seed) => ({
    name,
    Agent,
    make() {
      const world = randomWorld(observationSpace, actionSpace, seed + 1);
      const agent = new Agent(world, { preset: false, seed, ...options });
      agent.learnSync(STEPS);
      if (agent.composition.models.length > 0) agent.importWeights(moved(agent.exportWeights(), draws(seed + 1000)));
      return agent;
    },
  }));
}

/** The numbers of a safetensors file, each moved a little. */
function moved(file, uniform) {
  const copy = file.slice();
  const start = 8 + Number(new DataView(copy.buffer).getBigUint64(0, true));
  const view = new DataView(copy.buffer, start);
  for (let at = 0; at < view.byteLength; at += 4) {
    view.setFloat32(at, view.getFloat32(at, true) + 0.3 * (uniform() - 0.5), true);
  }
  return copy;
}
