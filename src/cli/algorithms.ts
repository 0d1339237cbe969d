// The algorithms that the command line knows: the agents of the registry, as they describe themselves.

import type { Agent } from "../agent.ts";
import * as registry from "../agents/registry.ts";
import { reference } from "../backends/reference/index.ts";
import type { BackendChoice } from "../backends/select.ts";
import { type EngineBinary, supportsEngine } from "../engine/engine.ts";
import type { Env, VectorEnv } from "../env.ts";
import { makeVector } from "../envs/make-vector.ts";
import { nearestName, show } from "../errors.ts";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import type { About } from "../training/about.ts";
import type { LoadOptions } from "../training/making.ts";
import type { Workplace } from "../workplace.ts";
import type { Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** An agent that says with which settings it runs. */
export type TrainedAgent = Agent & { readonly settings: object & { readonly totalSteps: number } };

/** What the computation runs on. */
export interface Hardware {
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/** A class of agents, as the command line uses it. */
interface AgentClass {
  readonly about: About;
  new (workplace: Workplace, options: object): TrainedAgent;
  load(bytes: Uint8Array, options: LoadOptions): TrainedAgent;
  environments(workplace: Workplace, options: object): number;
}

/** What the command line can train. An algorithm that learns from several environments makes the others itself. */
export interface Algorithm {
  readonly about: About;
  /** Whether there is a network, and so a choice of backend and engine. */
  readonly hasNetwork: boolean;
  create(env: Env, options: Settings, hardware: Hardware): TrainedAgent;
  load(bytes: Uint8Array, env: Env | undefined, hardware: Hardware): TrainedAgent;
}

/** The environment alone, or as many like it stepped together. */
function together(env: Env, count: unknown): Env | VectorEnv {
  const { spec } = env;
  if (count === 1 || spec === undefined || !Number.isInteger(count)) return env;
  return makeVector(spec.id, count as number, { ...spec.options, autoresetMode: "same-step" });
}

/** How many environments a run was saved in; a policy needs one only. */
function savedEnvironments(bytes: Uint8Array): unknown {
  const { contents, data } = decodeCheckpoint(bytes);
  const settings = data.settings as { readonly environments?: unknown } | undefined;
  return contents === "run" ? (settings?.environments ?? 1) : 1;
}

function algorithmOf(Agent: AgentClass): Algorithm {
  return {
    about: Agent.about,
    hasNetwork: "network" in Agent.about.fields,
    create: (env, options, hardware) =>
      new Agent(together(env, Agent.environments(env, options)), { ...options, ...hardware }),
    load: (bytes, env, hardware) =>
      Agent.load(bytes, { ...(env && { env: together(env, savedEnvironments(bytes)) }), ...hardware }),
  };
}

export const ALGORITHMS: Readonly<Record<string, Algorithm>> = Object.fromEntries(
  Object.values<AgentClass>(registry).map((Agent) => [Agent.about.algorithm, algorithmOf(Agent)]),
);

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
