// All agents, one row each: the contract suite tests every one of them alike. A new agent joins by its line in
// src/agents/registry.ts, with plain settings. A row of its own here adds the settings that are its own.

import * as registry from "../../../src/agents/registry.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { registerDiagnostics } from "../../../src/envs/diagnostics/index.ts";
import { make } from "../../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../../src/envs/vector-env.ts";
import type { ActionSpace } from "../../../src/experience/action-encoder.ts";
import type { GoalFunctions } from "../../../src/experience/hindsight.ts";
import type { About } from "../../../src/training/about.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import type { LoadOptions } from "../../../src/training/making.ts";
import type { Workplace } from "../../../src/workplace.ts";
import { Stroll } from "./stroll.ts";

registerDiagnostics();

export type ActionKind = ActionSpace["kind"];

/** A class of agents, as the suites use it. */
export interface AgentClass {
  readonly about: About;
  new (workplace: Workplace, options?: never): AgentBase;
  load(bytes: Uint8Array, options?: LoadOptions): AgentBase;
  create(workplace: Workplace, options?: never): Promise<AgentBase>;
}

/** Options, beside those of the row, and the environments that they are used in. */
export interface Setting {
  readonly name: string;
  readonly options: object;
  /** A workplace anew. */
  readonly workplace: () => SyncEnv | VectorEnv;
}

interface RowData {
  /** Small: an agent trains for a hundred steps in milliseconds. */
  readonly options: object;
  /** Whether there are networks, whose weights can be exported. */
  readonly hasNetworks: boolean;
  /** Whether several environments stepped together can be learned from. */
  readonly isParallel: boolean;
  /** Further settings in which runs are resumed, and backends compared. */
  readonly settings: readonly Setting[];
}

export interface Row extends RowData {
  readonly name: string;
  readonly agent: AgentClass;
  /** An agent with the row's options, and others over them; in an environment of its own where none is given. */
  make(workplace?: Workplace, options?: object): AgentBase;
}

// --- environments ------------------------------------------------------------------------------------------------------

const cartPole = (): SyncEnv => make("CartPole-v1");
const bitFlip = (): SyncEnv => make("BitFlip-v0", { n: 5 });
const stroll = (): SyncEnv => new Stroll();
const strollOfStates = (): SyncEnv => new Stroll(undefined, "states");
const strollWith = (actions: ActionKind) => (): SyncEnv => new Stroll(actions);

export function vectorOf(env: () => SyncEnv, count: number, autoresetMode: VectorEnv["autoresetMode"]): SyncVectorEnv {
  return new SyncVectorEnv(env, { count, autoresetMode });
}

const setting = (name: string, options: object, workplace: Setting["workplace"] = stroll): Setting => ({
  name,
  options,
  workplace,
});
const three =
  (env: () => SyncEnv, mode: VectorEnv["autoresetMode"] = "same-step") =>
  (): VectorEnv =>
    vectorOf(env, 3, mode);

/** A vector, which has no functions of goals of its own. */
function threeBitFlips(): VectorEnv {
  const { computeReward, computeTerminated } = bitFlip() as SyncEnv & GoalFunctions;
  return Object.assign(three(bitFlip)(), { computeReward, computeTerminated });
}

// --- rows --------------------------------------------------------------------------------------------------------------

const REPLAY = {
  preset: false,
  seed: 11,
  totalSteps: 200,
  batchSize: 4,
  capacity: 40,
  warmupSteps: 10,
  trainIntervalSteps: 2,
  updatesPerTrain: 3,
  targetIntervalUpdates: 7,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  network: { hidden: [6] },
};
const FALLING = { type: "per-episode", from: 1, to: 0.1, factor: 0.9 };
const ROLLOUT = {
  preset: false,
  seed: 11,
  totalSteps: 200,
  rolloutSteps: 6,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  network: { hidden: [6] },
};
const ROUNDS = { ...ROLLOUT, epochs: 2, minibatches: 3 };
const TABLE = { preset: false, seed: 11, totalSteps: 200, epsilon: FALLING };
const CATEGORICAL = { type: "categorical", atoms: 7, low: -5, high: 5 };
const IMPLICIT = { type: "implicit-quantile", quantiles: 4, nextQuantiles: 3, actingQuantiles: 5, cosines: 6 };

const MOST = { double: true, dueling: true, replay: "proportional", nStep: 3 };
const MOST_SETTING = setting("double, dueling, prioritized, three steps", MOST);

/** A family's row: most of what the agents of one have in common. */
const replay = (options: object, settings: readonly Setting[] = []): RowData => ({
  options: { ...REPLAY, ...options },
  hasNetworks: true,
  isParallel: true,
  settings,
});
const inHindsight = (name: string, options: object, workplace: Setting["workplace"] = bitFlip): Setting =>
  setting(`goals in hindsight, ${name}`, { hindsight: "future", capacity: 200, ...options }, workplace);
const rollout = (options: object, settings: readonly Setting[], isParallel: boolean = true): RowData => ({
  options,
  hasNetworks: true,
  isParallel,
  settings,
});
const table = (): RowData => ({
  options: TABLE,
  hasNetworks: false,
  isParallel: true,
  settings: [
    setting("three environments", {}, three(strollOfStates)),
    setting("several discrete observations, a constant step size", { stepSize: 0.3 }, () => make("Blackjack-v1")),
  ],
});

const NORMALIZED = { normalizeObservations: true, normalizeRewards: true };
const MEMORY = { type: "gru", units: 4 };
const STATE_NOISE = { type: "gsde", logDeviation: -1, sampleEverySteps: 4 };
const BOXES: readonly Setting[] = [
  setting("noise of the state", { distribution: STATE_NOISE }, strollWith("box")),
  setting("a Box, squashed", { distribution: { type: "gaussian", squashed: true } }, strollWith("box")),
  setting(
    "a Box in three environments, deviations of the network, rescaled and normalised observations",
    {
      distribution: { type: "gaussian", stateDependent: true },
      rescaleObservations: true,
      ...NORMALIZED,
    },
    three(strollWith("box")),
  ),
];

/** The row of an agent that has none in the table: small settings of all its options that are usual, and a vector. */
export function plainRow(agent: AgentClass): RowData {
  const { fields } = agent.about;
  const usual = Object.entries({ ...REPLAY, ...ROUNDS }).filter(([name]) => Object.hasOwn(fields, name));
  return {
    options: { ...Object.fromEntries(usual), preset: false },
    hasNetworks: Object.hasOwn(fields, "network"),
    isParallel: true,
    settings: [
      setting(
        "three environments",
        {},
        three(() => strollFor({ agent })),
      ),
    ],
  };
}

const ROWS: Readonly<Partial<Record<keyof typeof registry, RowData>>> = {
  DQN: replay({ epsilon: FALLING }, [
    MOST_SETTING,
    setting("three environments", { nStep: 3 }, three(stroll)),
    setting("three environments whose resets are steps of their own", { nStep: 2 }, three(stroll, "next-step")),
    setting("three environments that are reset one by one", { replay: "rank" }, three(stroll, "disabled")),
    setting("five steps, layer norm", { nStep: 5, network: { hidden: [8, 8], layerNorm: true } }),
    setting("AdamW", { optimizer: "adamw" }),
    setting("RMSProp, centred", { optimizer: { type: "rmsprop", centered: true } }),
    setting("RMSProp", { optimizer: { type: "rmsprop", alpha: 0.95 } }),
    setting("SGD with momentum", { optimizer: { type: "sgd", momentum: 0.9 }, maxGradientNorm: null }),
    setting("SGD, orthogonal weights", { optimizer: "sgd", network: { hidden: [7], initializer: "orthogonal" } }),
    setting("tanh", { network: { hidden: [8], activation: "tanh" } }),
    setting("silu", { network: { hidden: [8, 4], activation: "silu" } }),
    setting("squared error", { loss: "mse", epsilon: { type: "exponential", from: 1, to: 0, steps: 50 } }),
    setting("Polyak averaging", { tau: 0.05, targetIntervalUpdates: 1 }),
    setting("uneven rounds of updates", { trainIntervalSteps: 3, updatesPerTrain: 5 }),
    setting("noisy layers", { noisy: true }),
    setting("noisy, double, dueling", { noisy: { sigma: 0.2 }, double: true, dueling: true, epsilon: 0.1 }),
    setting("Boltzmann exploration", { boltzmann: { type: "linear", from: 1, to: 0.1 } }),
    setting("Munchausen targets", { munchausen: { temperature: 0.5 } }),
    setting("probabilities of returns", { distribution: CATEGORICAL, double: true }),
    setting("all at once", { ...MOST, distribution: CATEGORICAL, noisy: true }),
    setting("priorities by rank", { replay: { type: "rank", beta: 0.5 }, nStep: 3 }),
    setting("a linear model", { network: { hidden: [] } }),
    setting("rescaled observations", { rescaleObservations: true }, () => make("MountainCar-v0")),
    setting("one-hot observations", {}, () => make("FrozenLake-v1")),
    setting("several discrete observations", { nStep: 3 }, () => make("Blackjack-v1")),
    inHindsight("future", {}),
    inHindsight("final", { hindsight: "final" }),
    inHindsight("episode, two goals", { hindsight: { strategy: "episode", goals: 2 } }),
    inHindsight("three steps, priorities by rank", { nStep: 3, replay: "rank" }),
    inHindsight("proportional priorities", { replay: "proportional" }),
    inHindsight("pieces of three steps", { nStep: 2, hindsight: { strategy: "future", maxEpisodeSteps: 3 } }),
    inHindsight("three environments", { nStep: 2 }, threeBitFlips),
    setting("CartPole-v1", {}, cartPole),
  ]),
  C51: replay({ distribution: CATEGORICAL }, [MOST_SETTING]),
  QRDQN: replay({ distribution: { type: "quantile", quantiles: 5 } }, [MOST_SETTING]),
  IQN: replay({ distribution: IMPLICIT }, [MOST_SETTING, setting("three environments", {}, three(stroll))]),
  Rainbow: replay({ distribution: CATEGORICAL }, [setting("three environments", {}, three(stroll))]),
  MunchausenDQN: replay({ epsilon: FALLING }, [
    setting("dueling, soft", { dueling: true, munchausen: { temperature: 0.5 } }),
  ]),
  BootstrappedDQN: replay({ ensemble: { members: 3 } }, [
    MOST_SETTING,
    setting("three environments", {}, three(stroll)),
    setting("with random actions, and without priors", { epsilon: 0.2, ensemble: { members: 2, priorScale: 0 } }),
    setting("with Boltzmann exploration", { boltzmann: 0.5 }),
  ]),
  PQN: rollout({ ...ROUNDS, epsilon: FALLING }, [
    setting("three environments", {}, three(stroll)),
    setting("three environments whose resets are steps of their own", {}, three(stroll, "next-step")),
    setting("one environment as a vector", {}, () => vectorOf(stroll, 1, "same-step")),
    setting("lambda 0, no clipping", { lambda: 0, maxGradientNorm: null }),
    setting("Adam, no layer norm", { optimizer: "adam", network: { hidden: [8, 4], layerNorm: false } }),
    setting("SGD with momentum", { optimizer: { type: "sgd", momentum: 0.9 } }),
    setting("rescaled, normalised", { rescaleObservations: true, ...NORMALIZED }),
    setting("one-hot observations", {}, three(strollOfStates)),
  ]),
  A2C: rollout(ROLLOUT, [
    setting("three environments", {}, three(stroll)),
    setting("n steps, standardised", { advantage: { type: "n-step", steps: 2 }, normalizeAdvantages: true }),
    setting("a Box in one network", { sharedNetwork: true, entropyCoefficient: 0.01 }, strollWith("box")),
    ...BOXES,
  ]),
  PPO: rollout({ ...ROUNDS, clip: { type: "linear", from: 0.3, to: 0.1 } }, [
    setting("three environments", { entropyCoefficient: FALLING }, three(stroll)),
    setting("three environments whose resets are steps of their own", {}, three(stroll, "next-step")),
    setting("one network, values clipped, no norm", { sharedNetwork: true, valueClip: 0.2, maxGradientNorm: null }),
    setting("rounds that end early", { targetKl: 1e-3, learningRate: 0.02 }),
    setting("n steps", { advantage: { type: "n-step", steps: 3 }, normalizeAdvantages: false }),
    setting("choices", {}, strollWith("multi-discrete")),
    setting("bits", {}, three(strollWith("multi-binary"))),
    setting("a memory", { recurrent: MEMORY, minibatches: 2 }, three(stroll)),
    setting("a memory, short sequences", { recurrent: { ...MEMORY, sequenceSteps: 2 } }, three(stroll)),
    setting("a memory of one environment, one network", { recurrent: MEMORY, sharedNetwork: true }),
    setting(
      "a memory and a Box, normalised",
      { recurrent: MEMORY, minibatches: 2, ...NORMALIZED },
      three(strollWith("box")),
    ),
    setting("noise of the state, squashed", { distribution: { type: "gsde", squashed: true } }, strollWith("box")),
    setting(
      "noise of the state in one network, deviations shared",
      { distribution: { ...STATE_NOISE, sharedDeviations: true }, sharedNetwork: true },
      three(strollWith("box")),
    ),
    setting(
      "noise of the state and a memory, no hidden layers",
      { distribution: STATE_NOISE, recurrent: MEMORY, minibatches: 2, network: { hidden: [] } },
      three(strollWith("box")),
    ),
    ...BOXES,
  ]),
  Reinforce: rollout(
    { ...ROLLOUT, rolloutSteps: 20 },
    [
      setting("without a baseline", { baseline: false }),
      setting("normalised", NORMALIZED),
      setting("of several episodes, and short rollouts", { episodesPerUpdate: 3, rolloutSteps: 14 }),
      ...BOXES.slice(0, 2),
    ],
    false,
  ),
  TRPO: rollout(ROUNDS, [
    setting("three environments", { entropyCoefficient: { type: "linear", from: 0.01, to: 0 } }, three(stroll)),
    setting("parts of the Fisher information", { fisherSubsampling: 3 }),
    setting("a clipped value, with momentum", { maxGradientNorm: 0.5, optimizer: { type: "sgd", momentum: 0.9 } }),
    setting("one-hot observations", {}, three(strollOfStates)),
    ...BOXES,
  ]),
  QLearning: table(),
  Sarsa: table(),
};

/** What an agent shows itself in where nothing else is asked for. */
export function strollFor({ agent }: Pick<Row, "agent">, actions?: ActionKind): Stroll {
  return new Stroll(actions, agent.about.observations === undefined ? "numbers" : "states");
}

export function rowOf(name: string, agent: AgentClass, row: RowData): Row {
  return {
    name,
    agent,
    ...row,
    make: (workplace = strollFor({ agent }), options = {}) =>
      new agent(workplace, { ...row.options, ...options } as never),
  };
}

export const AGENTS: readonly Row[] = Object.entries(registry).map(([name, agent]: [string, AgentClass]) =>
  rowOf(name, agent, ROWS[name as keyof typeof registry] ?? plainRow(agent)),
);

/** The row's own options in its own environment, and all further settings. */
export function settingsOf(row: Row): readonly Setting[] {
  return [setting("as it is", {}, () => strollFor(row)), ...row.settings];
}
