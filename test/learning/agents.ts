// The algorithms that bars can be set for: every class of the registry, in as many environments as its preset asks for.

import * as registry from "../../src/agents/registry.ts";
import { type About, type Agent, type DQNOptions, makeVector, type SyncEnv, type Workplace } from "../../src/index.ts";

/** Options of whichever agent the bar is for. */
export type BarOptions = Pick<DQNOptions, "seed" | "totalSteps" | "preset">;

export interface LearningAgent {
  readonly create: (env: SyncEnv, options: BarOptions) => Agent;
  readonly load: (policy: Uint8Array) => Agent;
  /** As its paper calls it. */
  readonly title: string;
  /** Of presets, as a reader finds them. */
  readonly presetsName: string;
  readonly presets: Readonly<Record<string, { readonly source: string; readonly options: object }>>;
}

interface AgentClass {
  readonly about: About;
  new (env: Workplace, options: BarOptions): Agent;
  load(bytes: Uint8Array): Agent;
  environments(env: SyncEnv, options: BarOptions): number;
}

/** Where the paper writes the name otherwise than the class. */
const TITLES: Readonly<Record<string, string>> = {
  "qr-dqn": "QR-DQN",
  "munchausen-dqn": "Munchausen-DQN",
  "bootstrapped-dqn": "Bootstrapped DQN",
  reinforce: "REINFORCE",
  "q-learning": "Q-learning",
};

function entry(Agent: AgentClass): LearningAgent {
  const { algorithm, name, presets = {} } = Agent.about;
  return {
    title: TITLES[algorithm] ?? name,
    create: (env, options) => {
      const { id, options: own } = env.spec!;
      const count = Agent.environments(env, options);
      return new Agent(count === 1 ? env : makeVector(id, count, { ...own, autoresetMode: "same-step" }), options);
    },
    load: (policy) => Agent.load(policy),
    presetsName: `${name}.about.presets`,
    presets,
  };
}

export const AGENTS: Readonly<Record<string, LearningAgent>> = Object.fromEntries(
  Object.values<AgentClass>(registry).map((Agent) => [Agent.about.algorithm, entry(Agent)]),
);
