// The algorithms that the command line knows: one entry each.

import type { Agent } from "../agent.ts";
import { A2C } from "../agents/a2c.ts";
import { A2C_PRESETS } from "../agents/a2c-presets.ts";
import { BootstrappedDQN } from "../agents/bootstrapped-dqn.ts";
import { BOOTSTRAPPED_DQN_PRESETS } from "../agents/bootstrapped-dqn-presets.ts";
import { C51 } from "../agents/c51.ts";
import { C51_PRESETS } from "../agents/c51-presets.ts";
import { DQN } from "../agents/dqn.ts";
import { DQN_PRESETS } from "../agents/dqn-presets.ts";
import { IQN } from "../agents/iqn.ts";
import { IQN_PRESETS } from "../agents/iqn-presets.ts";
import { MunchausenDQN } from "../agents/munchausen-dqn.ts";
import { MUNCHAUSEN_DQN_PRESETS } from "../agents/munchausen-dqn-presets.ts";
import { PPO } from "../agents/ppo.ts";
import { PPO_PRESETS } from "../agents/ppo-presets.ts";
import { PQN } from "../agents/pqn.ts";
import { PQN_PRESETS } from "../agents/pqn-presets.ts";
import { QLearning } from "../agents/q-learning.ts";
import { Q_LEARNING_PRESETS } from "../agents/q-learning-presets.ts";
import { QRDQN } from "../agents/qr-dqn.ts";
import { QR_DQN_PRESETS } from "../agents/qr-dqn-presets.ts";
import { Rainbow } from "../agents/rainbow.ts";
import { RAINBOW_PRESETS } from "../agents/rainbow-presets.ts";
import { Reinforce } from "../agents/reinforce.ts";
import { REINFORCE_PRESETS } from "../agents/reinforce-presets.ts";
import { Sarsa } from "../agents/sarsa.ts";
import { SARSA_PRESETS } from "../agents/sarsa-presets.ts";
import { TRPO } from "../agents/trpo.ts";
import { TRPO_PRESETS } from "../agents/trpo-presets.ts";
import { reference } from "../backends/reference/index.ts";
import type { BackendChoice } from "../backends/select.ts";
import { type EngineBinary, supportsEngine } from "../engine/engine.ts";
import type { Env, VectorEnv } from "../env.ts";
import { makeVector } from "../envs/make-vector.ts";
import { nearestName, show } from "../errors.ts";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import type { DeepQAgent } from "../training/deep-q-agent.ts";
import type { DeepQOptions } from "../training/deep-q-options.ts";
import type { LoadOptions } from "../training/open-deep-q.ts";
import type { LoadOptions as RolloutLoadOptions } from "../training/open-rollout.ts";
import type { Workplace } from "../training/trainable-agent.ts";
import type { Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** An agent that says with which settings it runs. */
export type TrainedAgent = Agent & { readonly settings: Settings & { readonly totalSteps: number } };

/** What the computation runs on; algorithms without a network have no choice of it. */
export interface Hardware {
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/** What the command line can train. An algorithm that learns from several environments makes the others itself. */
export interface Algorithm {
  readonly summary: string;
  readonly presets: Readonly<Record<string, { readonly source: string; readonly options: object }>>;
  /** Whether there is a network, and so a choice of backend and engine. */
  readonly hasNetwork: boolean;
  create(env: Env, options: Settings, hardware: Hardware): TrainedAgent;
  load(bytes: Uint8Array, env: Env | undefined, hardware: Hardware): TrainedAgent;
}

interface DeepQClass {
  new (env: Env, options: DeepQOptions): DeepQAgent;
  load(bytes: Uint8Array, options: LoadOptions): DeepQAgent;
}

const deepQ = (Agent: DeepQClass, presets: Algorithm["presets"], summary: string): Algorithm => ({
  summary,
  presets,
  hasNetwork: true,
  create: (env, options, hardware) => new Agent(env, { ...options, ...hardware }),
  load: (bytes, env, hardware) => Agent.load(bytes, { ...(env && { env }), ...hardware }),
});

/** The environment alone, or as many like it stepped together. */
function together(env: Env, count: unknown): Env | VectorEnv {
  const { spec } = env;
  if (count === 1 || spec === undefined || !Number.isInteger(count)) return env;
  return makeVector(spec.id, count as number, { ...spec.options, autoresetMode: "same-step" });
}

/** How many environments a run was saved in; a policy needs one only. */
function savedEnvironments(bytes: Uint8Array): unknown {
  const { contents, data } = decodeCheckpoint(bytes);
  return contents === "run" ? (data.settings as { readonly environments?: unknown } | undefined)?.environments : 1;
}

interface RolloutClass {
  new (workplace: Workplace, options: Settings): TrainedAgent;
  load(bytes: Uint8Array, options: RolloutLoadOptions): TrainedAgent;
  environments(workplace: Workplace, options: Settings): number;
}

const rollout = (Agent: RolloutClass, presets: Algorithm["presets"], summary: string): Algorithm => ({
  summary,
  presets,
  hasNetwork: true,
  create: (env, options, hardware) =>
    new Agent(together(env, Agent.environments(env, options)), { ...options, ...hardware }),
  load: (bytes, env, hardware) =>
    Agent.load(bytes, { ...(env && { env: together(env, savedEnvironments(bytes)) }), ...hardware }),
});

export const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  dqn: deepQ(DQN, DQN_PRESETS, "deep Q-learning, with every extension as an option; discrete actions"),
  rainbow: deepQ(Rainbow, RAINBOW_PRESETS, "deep Q-learning with six of its extensions at once"),
  c51: deepQ(C51, C51_PRESETS, "deep Q-learning of the distribution of returns, on fixed values"),
  "qr-dqn": deepQ(QRDQN, QR_DQN_PRESETS, "deep Q-learning of the quantiles of returns"),
  iqn: deepQ(IQN, IQN_PRESETS, "deep Q-learning of quantiles at any fraction"),
  "munchausen-dqn": deepQ(MunchausenDQN, MUNCHAUSEN_DQN_PRESETS, "deep Q-learning towards soft targets"),
  "bootstrapped-dqn": deepQ(
    BootstrappedDQN,
    BOOTSTRAPPED_DQN_PRESETS,
    "deep Q-learning with several value functions that explore in turn",
  ),
  pqn: rollout(
    PQN,
    PQN_PRESETS,
    "Q(lambda) from many environments at once, without replay or target network; discrete actions",
  ),
  ppo: rollout(PPO, PPO_PRESETS, "policy gradients in clipped steps, from many environments at once; any actions"),
  trpo: rollout(TRPO, TRPO_PRESETS, "natural policy gradients within a trust region; any actions"),
  a2c: rollout(A2C, A2C_PRESETS, "policy gradients from a few steps of many environments at once; any actions"),
  reinforce: rollout(Reinforce, REINFORCE_PRESETS, "policy gradients from whole episodes, with or without a baseline"),
  "q-learning": {
    summary: "Q-learning with a table; discrete observations and actions",
    presets: Q_LEARNING_PRESETS,
    hasNetwork: false,
    create: (env, options) => new QLearning(env, options),
    load: (bytes, env) => QLearning.load(bytes, { ...(env && { env }) }),
  },
  sarsa: {
    summary: "Sarsa with a table; discrete observations and actions",
    presets: SARSA_PRESETS,
    hasNetwork: false,
    create: (env, options) => new Sarsa(env, options),
    load: (bytes, env) => Sarsa.load(bytes, { ...(env && { env }) }),
  },
};

/** @throws UsageError for an unknown name */
export function findAlgorithm(name: string): Algorithm {
  if (Object.hasOwn(ALGORITHMS, name)) return ALGORITHMS[name];
  const names = Object.keys(ALGORITHMS);
  const near = nearestName(name, names);
  const advice = near === undefined ? `Known: ${names.join(", ")}.` : `Did you mean ${near}?`;
  throw new UsageError(`algorithm expected a known name, got ${show(name)}. ${advice}`);
}

/** @throws UsageError when the algorithm has no network to run on it, or the name is unknown */
export async function findHardware(
  algorithmName: string,
  backend: string | undefined,
  engine: string | undefined,
): Promise<Hardware> {
  if (backend === undefined && engine === undefined) return {};
  if (!findAlgorithm(algorithmName).hasNetwork) {
    throw new UsageError(
      `${algorithmName} expected neither --backend nor --engine: it has no network. Leave them out.`,
    );
  }
  if (backend !== undefined && backend !== "wasm" && backend !== "reference") {
    throw new UsageError(`--backend expected "wasm" or "reference", got ${show(backend)}. Leave it out for "wasm".`);
  }
  if (engine !== undefined && engine !== "strict" && engine !== "relaxed") {
    throw new UsageError(`--engine expected "strict" or "relaxed", got ${show(engine)}. Leave it out for "strict".`);
  }
  const relaxed = engine === "relaxed" ? (await import("bellwether/relaxed")).default : undefined;
  if (relaxed !== undefined && !supportsEngine(relaxed)) {
    throw new UsageError("--engine relaxed expected relaxed SIMD, got a runtime without it. Leave it out for strict.");
  }
  return {
    ...(backend !== undefined && { backend: backend === "reference" ? reference : backend }),
    ...(relaxed && { engine: relaxed }),
  };
}
