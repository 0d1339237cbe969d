// Runs that an older version of the library saved, and how they go on: files/record.ts had that version write their files and
// what it went on to, and older-files.test.ts has this one load them and go on.

import type * as Library from "../../../src/index.ts";

type AnyAgent = Library.DQN | Library.PPO | Library.A2C | Library.PQN | Library.QLearning | Library.Sarsa;

interface AgentClass {
  new (workplace: Library.Workplace, options: never): AnyAgent;
  load(bytes: Uint8Array, options?: { readonly env?: Library.Workplace }): AnyAgent;
}

export interface OlderRun {
  agent(library: typeof Library): AgentClass;
  workplace(library: typeof Library): Library.Workplace;
  readonly options: object;
  /** What the agent did before it was saved. */
  start(agent: AnyAgent): void;
  /** How the saved agent goes on, and the loaded one. @returns the algorithm's numbers, where there is a run to report them */
  goOn(agent: AnyAgent): Readonly<Record<string, number>> | undefined;
  /** What it is shown, to compare values and actions. */
  readonly observations: readonly Library.SpaceValue[];
}

/** What a run has come to, as JSON. */
export interface Outcome {
  readonly weights: string;
  readonly counts: readonly number[];
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Action values, or the policy's value, of every observation. */
  readonly values: readonly number[][];
  readonly explored: readonly (number | number[])[];
}

const POLES = Array.from({ length: 20 }, (_, k) => [k % 3, k % 5, k % 7, k % 11].map((x, i) => (x - 1 - i) / 2));
const TILES = Array.from({ length: 16 }, (_, tile) => tile);
const POINTS = Array.from({ length: 20 }, (_, k) => [(k % 7) / 8, (k % 5) / 8 - 0.25]);

const REPLAY = { preset: false, seed: 7, totalSteps: 300, batchSize: 8, capacity: 80, warmupSteps: 20 } as const;
const SMALL = {
  ...REPLAY,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 7,
  learningRate: 3e-3,
  network: { hidden: [8] },
};
const ROLLOUT = { preset: false, seed: 7, totalSteps: 300, network: { hidden: [8] } } as const;
const ROUNDS = { ...ROLLOUT, rolloutSteps: 8, epochs: 2, minibatches: 3 };

function learned(agent: AnyAgent, steps: number): Readonly<Record<string, number>> {
  let last: Readonly<Record<string, number>> = {};
  agent.learnSync(steps, { onProgress: ({ metrics }) => (last = { ...metrics }) });
  return last;
}

/** Acts and observes steps `from` to `to` one by one, environments in turn, and learns from every full rollout but the last. */
function ownLoop(agent: AnyAgent, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    agent.update();
    const observation = POINTS[k % 20];
    const action = agent.act(observation, { explore: true });
    const ends = { terminated: k % 9 === 8, truncated: k % 7 === 6 };
    agent.observe({ observation, action, reward: ((k * 5) % 7) - 2, nextObservation: POINTS[(k + 2) % 20], ...ends });
  }
}

const goOn = (agent: AnyAgent): Readonly<Record<string, number>> => learned(agent, 150);
const start = (steps: number) => (agent: AnyAgent) => void agent.learnSync(steps);
const cartPole = ({ make }: typeof Library): Library.Workplace => make("CartPole-v1");
const cartPoles = ({ make, SyncVectorEnv }: typeof Library): Library.Workplace =>
  new SyncVectorEnv(() => make("CartPole-v1"), { count: 3, autoresetMode: "same-step" });
const lake = ({ make }: typeof Library): Library.Workplace => make("FrozenLake-v1");

export const OLDER_RUNS: Readonly<Record<string, OlderRun>> = {
  "dqn-in-an-episode": {
    agent: ({ DQN }) => DQN,
    workplace: cartPole,
    options: { ...SMALL, double: true, dueling: true, nStep: 3 },
    start: start(150),
    goOn,
    observations: POLES,
  },
  "rainbow-in-an-episode": {
    agent: ({ Rainbow }) => Rainbow,
    workplace: cartPole,
    options: { ...SMALL, distribution: { type: "categorical", atoms: 11 } },
    start: start(150),
    goOn,
    observations: POLES,
  },
  "bootstrapped-dqn-in-an-episode": {
    agent: ({ BootstrappedDQN }) => BootstrappedDQN,
    workplace: cartPole,
    options: { ...SMALL, ensemble: { members: 3 } },
    start: start(150),
    goOn,
    observations: POLES,
  },
  "pqn-in-episodes": {
    agent: ({ PQN }) => PQN,
    workplace: cartPoles,
    options: ROUNDS,
    start: start(99),
    goOn,
    observations: POLES,
  },
  "a2c-in-episodes": {
    agent: ({ A2C }) => A2C,
    workplace: cartPoles,
    options: ROLLOUT,
    start: start(99),
    goOn,
    observations: POLES,
  },
  "ppo-in-a-round": {
    agent: ({ PPO }) => PPO,
    workplace: ({ box }) => ({ observationSpace: box(-1, 1, [2]), actionSpace: box([-1, 0], [1, 5]) }),
    options: { ...ROUNDS, environments: 2, normalizeObservations: true, normalizeRewards: true },
    start(agent) {
      ownLoop(agent, 0, 48);
      agent.update({ maxUpdates: 2 });
    },
    goOn(agent) {
      ownLoop(agent, 48, 103);
      return undefined;
    },
    observations: POINTS,
  },
  "q-learning-in-an-episode": {
    agent: ({ QLearning }) => QLearning,
    workplace: lake,
    options: { seed: 7 },
    start: start(500),
    goOn,
    observations: TILES,
  },
  "sarsa-in-an-episode": {
    agent: ({ Sarsa }) => Sarsa,
    workplace: lake,
    options: { seed: 7 },
    start: start(500),
    goOn,
    observations: TILES,
  },
};

/** Policy files, and the run that each was saved beside. */
export const OLDER_POLICIES: Readonly<Record<string, string>> = { "rainbow-policy": "rainbow-in-an-episode" };

/** What a run has come to: its fingerprint, and what it does next. */
export async function outcomeOf(
  agent: AnyAgent,
  { observations }: OlderRun,
  metrics: Readonly<Record<string, number>> | undefined,
): Promise<Outcome> {
  const plain = (action: Library.ActionValue): number | number[] => (typeof action === "number" ? action : [...action]);
  return {
    weights: await agent.weightsSha256(),
    counts: [agent.envSteps, agent.updates, agent.episodes],
    metrics: metrics ?? null,
    values: observations.map((x) => ("qValues" in agent ? [...agent.qValues(x)] : [agent.value(x)])),
    explored: observations.map((observation) => plain(agent.act(observation, { explore: true }))),
  };
}
