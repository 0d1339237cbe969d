// Which short runs the matrix makes: those that are listed here, of every kind of memory and network, and one of every other
// agent that the library has.

const STEPS = 320;

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

/** What makes a run of any agent short, of the options that it has. */
const SMALL = { network, batchSize: 16, capacity: 250, warmupSteps: 40, rolloutSteps: 16 };

/** @param library the namespace of the public entry, its environments of other entries registered */
export function variantTable(library) {
  const { make, makeVector } = library;
  const inStep = (id) => () => makeVector(id, 4, { autoresetMode: "same-step" });
  const cartPole = () => make("CartPole-v1");
  const cartPoles = inStep("CartPole-v1");
  const hidden = inStep("CartPoleNoVel-v1");
  const pendulums = inStep("Pendulum-v1");
  const cliff = () => make("CliffWalking-v1");
  const { A2C, BootstrappedDQN, C51, DQN, IQN, MunchausenDQN, PPO } = library;
  const { PQN, QLearning, QRDQN, Rainbow, Reinforce, Sarsa, TRPO } = library;

  /** name -> agent, environment, options */
  const listed = {
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

  const known = new Set(Object.values(listed).map(([Agent]) => Agent));
  const others = Object.values(library).filter((each) => typeof each?.about === "object" && !known.has(each));
  return { ...listed, ...Object.fromEntries(others.map((Agent) => [Agent.about.algorithm, plain(Agent)])) };

  /** An agent in the plainest environment that suits what it says of itself. */
  function plain(Agent) {
    const { actions, fields, learnsFrom, observations = ["box"] } = Agent.about;
    const options = Object.fromEntries(Object.entries(SMALL).filter(([name]) => Object.hasOwn(fields, name)));
    if (!observations.includes("box")) return [Agent, cliff, options];
    const id = actions.includes("discrete") ? "CartPole-v1" : "Pendulum-v1";
    return learnsFrom === "rollouts" ? [Agent, inStep(id), options] : [Agent, () => make(id), options];
  }
}

/** Inside an episode, and of rollouts inside one. */
const SAVED_AFTER = 171;

/** @returns SHA-256 of the weights: `whole` of the run in one go, `resumed` of the one that was saved on its way */
export async function runVariant([Agent, env, options]) {
  const create = () => new Agent(env(), { seed: 1, preset: false, totalSteps: STEPS, ...options });
  const whole = create();
  whole.learnSync(STEPS);
  const first = create();
  first.learnSync(SAVED_AFTER);
  const rest = Agent.load(first.save(), { env: env() });
  rest.learnSync(STEPS - rest.envSteps);
  return { whole: await whole.weightsSha256(), resumed: await rest.weightsSha256() };
}
