// Short runs of every agent and of every kind of memory and network: a line each. What a run ends with must be the same bits
// in every runtime, and the same whether it went through in one go or was saved, loaded and gone on with.

import {
  A2C,
  BootstrappedDQN,
  C51,
  DQN,
  IQN,
  MunchausenDQN,
  make,
  makeVector,
  PPO,
  PQN,
  QLearning,
  QRDQN,
  Rainbow,
  Reinforce,
  Sarsa,
  TRPO,
} from "bellwether";
import { registerArcade } from "bellwether/arcade";
import { registerDiagnostics } from "bellwether/diagnostics";

registerArcade();
registerDiagnostics();

const STEPS = 320;
/** Inside an episode, and of rollouts inside one. */
const SAVED_AFTER = 171;

const cartPole = () => make("CartPole-v1");
const cartPoles = () => makeVector("CartPole-v1", 4, { autoresetMode: "same-step" });
const hidden = () => makeVector("CartPoleNoVel-v1", 4, { autoresetMode: "same-step" });
const pendulums = () => makeVector("Pendulum-v1", 4, { autoresetMode: "same-step" });
const cliff = () => make("CliffWalking-v1");

const network = { hidden: [16, 12] };
const replayed = {
  network,
  batchSize: 16,
  capacity: 250,
  warmupSteps: 40,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 25,
  learningRate: { type: "linear", from: 3e-3, to: 0, fraction: 1 },
};
const rollouts = { network, environments: 4, rolloutSteps: 16, epochs: 2, minibatches: 4 };
const atoms = { type: "categorical", atoms: 21, low: 0, high: 40 };

/** name -> agent, environment, options */
const VARIANTS = {
  dqn: [DQN, cartPole, { ...replayed, double: true, dueling: true, nStep: 3 }],
  c51: [C51, cartPole, { ...replayed, distribution: atoms }],
  "qr-dqn": [QRDQN, cartPole, { ...replayed, distribution: { type: "quantile", quantiles: 10 } }],
  iqn: [
    IQN,
    cartPole,
    { ...replayed, distribution: { type: "implicit-quantile", quantiles: 4, nextQuantiles: 4, actingQuantiles: 4 } },
  ],
  "munchausen-dqn": [MunchausenDQN, cartPole, replayed],
  rainbow: [Rainbow, cartPole, { ...replayed, distribution: atoms }],
  "bootstrapped-dqn": [BootstrappedDQN, () => make("DeepSea-v0"), { ...replayed, ensemble: { members: 4 } }],
  pqn: [PQN, cartPoles, { ...rollouts, learningRate: 1e-3 }],
  ppo: [PPO, cartPoles, { ...rollouts, learningRate: 1e-3, valueClip: 0.2, entropyCoefficient: 0.01 }],
  "ppo-shared": [PPO, cartPoles, { ...rollouts, sharedNetwork: true, targetKl: 0.02 }],
  "ppo-memory": [PPO, hidden, { ...rollouts, recurrent: { type: "gru", units: 12 } }],
  "ppo-normalized": [PPO, cartPoles, { ...rollouts, normalizeObservations: true, normalizeRewards: true }],
  a2c: [A2C, cartPoles, { network, rolloutSteps: 16, advantage: { type: "n-step", steps: 4 } }],
  reinforce: [Reinforce, cartPole, { network, episodesPerUpdate: 2 }],
  gaussian: [PPO, pendulums, { ...rollouts, distribution: { type: "gaussian", stateDependent: true } }],
  squashed: [PPO, pendulums, { ...rollouts, distribution: { type: "gaussian", squashed: true } }],
  gsde: [PPO, pendulums, { ...rollouts, distribution: { type: "gsde", sampleEverySteps: 3, squashed: true } }],
  trpo: [TRPO, cartPoles, { ...rollouts, fisherSubsampling: 2, learningRate: 1e-3 }],
  "trpo-gaussian": [TRPO, pendulums, rollouts],
  "trpo-gsde": [TRPO, pendulums, { ...rollouts, distribution: { type: "gsde", logDeviation: -1 } }],
  proportional: [DQN, cartPole, { ...replayed, replay: "proportional" }],
  rank: [DQN, cartPole, { ...replayed, replay: "rank", boltzmann: 0.5 }],
  hindsight: [DQN, () => make("BitFlip-v0", { n: 6 }), { ...replayed, hindsight: "future" }],
  convolution: [
    DQN,
    () => make("Bricks-v0"),
    { ...replayed, batchSize: 8, network: { convolution: [{ filters: 4, kernel: 3, stride: 1 }], hidden: [16] } },
  ],
  "q-learning": [QLearning, cliff, {}],
  sarsa: [Sarsa, cliff, {}],
};

/** @returns name -> SHA-256 of the weights: `whole` of the run in one go, `resumed` of the one that was saved on its way */
export async function runVariants() {
  const answers = {};
  for (const [name, [Agent, env, options]] of Object.entries(VARIANTS)) {
    const create = () => new Agent(env(), { seed: 1, preset: false, totalSteps: STEPS, ...options });
    const whole = create();
    whole.learnSync(STEPS);
    const first = create();
    first.learnSync(SAVED_AFTER);
    const rest = Agent.load(first.save(), { env: env() });
    rest.learnSync(STEPS - rest.envSteps);
    answers[name] = { whole: await whole.weightsSha256(), resumed: await rest.weightsSha256() };
  }
  return answers;
}
