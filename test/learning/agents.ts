// The algorithms that have published bars.

import {
  A2C,
  A2C_PRESETS,
  type Agent,
  BOOTSTRAPPED_DQN_PRESETS,
  BootstrappedDQN,
  C51,
  C51_PRESETS,
  DQN,
  DQN_PRESETS,
  type DQNOptions,
  IQN,
  IQN_PRESETS,
  MUNCHAUSEN_DQN_PRESETS,
  MunchausenDQN,
  makeVector,
  PPO,
  PPO_PRESETS,
  PQN,
  PQN_PRESETS,
  QR_DQN_PRESETS,
  QRDQN,
  RAINBOW_PRESETS,
  Rainbow,
  REINFORCE_PRESETS,
  Reinforce,
  type SyncEnv,
  TRPO,
  TRPO_PRESETS,
  type Workplace,
} from "../../src/index.ts";

/** Options of whichever agent the bar is for. */
export type BarOptions = Pick<DQNOptions, "seed" | "totalSteps" | "preset">;

export interface LearningAgent {
  readonly create: (env: SyncEnv, options: BarOptions) => Agent;
  readonly load: (policy: Uint8Array) => Agent;
  /** As its paper calls it. */
  readonly title: string;
  /** Of presets, as a reader imports them. */
  readonly presetsName: string;
  readonly presets: Readonly<Record<string, { readonly source: string; readonly options: object }>>;
}

interface AgentClass {
  new (env: SyncEnv, options: BarOptions): Agent;
  load(bytes: Uint8Array): Agent;
}

const entry = (
  title: string,
  Agent: AgentClass,
  presetsName: string,
  presets: LearningAgent["presets"],
): LearningAgent => ({
  title,
  create: (env, options) => new Agent(env, options),
  load: (policy) => Agent.load(policy),
  presetsName,
  presets,
});

interface RolloutClass {
  new (env: Workplace, options: BarOptions): Agent;
  load(bytes: Uint8Array): Agent;
  environments(env: SyncEnv, options: BarOptions): number;
}

/** Learns from as many environments as its settings ask for. */
const rollout = (
  title: string,
  Agent: RolloutClass,
  presetsName: string,
  presets: LearningAgent["presets"],
): LearningAgent => ({
  ...entry(title, Agent, presetsName, presets),
  create: (env, options) => {
    const { id, options: own } = env.spec!;
    const count = Agent.environments(env, options);
    return new Agent(count === 1 ? env : makeVector(id, count, { ...own, autoresetMode: "same-step" }), options);
  },
});

export const AGENTS: Readonly<Record<string, LearningAgent>> = {
  dqn: entry("DQN", DQN, "DQN_PRESETS", DQN_PRESETS),
  rainbow: entry("Rainbow", Rainbow, "RAINBOW_PRESETS", RAINBOW_PRESETS),
  c51: entry("C51", C51, "C51_PRESETS", C51_PRESETS),
  "qr-dqn": entry("QR-DQN", QRDQN, "QR_DQN_PRESETS", QR_DQN_PRESETS),
  iqn: entry("IQN", IQN, "IQN_PRESETS", IQN_PRESETS),
  "munchausen-dqn": entry("Munchausen-DQN", MunchausenDQN, "MUNCHAUSEN_DQN_PRESETS", MUNCHAUSEN_DQN_PRESETS),
  "bootstrapped-dqn": entry("Bootstrapped DQN", BootstrappedDQN, "BOOTSTRAPPED_DQN_PRESETS", BOOTSTRAPPED_DQN_PRESETS),
  pqn: rollout("PQN", PQN, "PQN_PRESETS", PQN_PRESETS),
  ppo: rollout("PPO", PPO, "PPO_PRESETS", PPO_PRESETS),
  trpo: rollout("TRPO", TRPO, "TRPO_PRESETS", TRPO_PRESETS),
  a2c: rollout("A2C", A2C, "A2C_PRESETS", A2C_PRESETS),
  reinforce: rollout("REINFORCE", Reinforce, "REINFORCE_PRESETS", REINFORCE_PRESETS),
};
