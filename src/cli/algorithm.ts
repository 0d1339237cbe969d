// Builds, resumes and loads the agents of one class. An agent gets as many environments as it learns from.

import type { Agent } from "../agent.ts";
import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import type { Env, VectorEnv } from "../env.ts";
import { CheckpointError } from "../errors.ts";
import { decodeCheckpoint } from "../formats/checkpoint.ts";
import type { About } from "../training/about.ts";
import type { LoadOptions } from "../training/making.ts";
import type { Spaces, Workplace } from "../workplace.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import type { Settings } from "./settings.ts";
import { isRefusal, UsageError } from "./usage-error.ts";
import type { UserModule } from "./user-module.ts";

/** An agent with its settings. */
export type TrainedAgent = Agent & { readonly settings: object & { readonly totalSteps: number } };

/** The backend and engine that compute; the library's defaults where a field is missing. */
export interface Hardware {
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/** The members of an agent class that the command line uses. */
export interface AlgorithmClass {
  readonly about: About;
  new (workplace: Workplace, options: object): TrainedAgent;
  load(bytes: Uint8Array, options: LoadOptions): TrainedAgent;
  environments?(workplace: Workplace, options: object): number;
}

/** An agent and the environment it works in. */
export interface Placed {
  readonly agent: TrainedAgent;
  readonly env: Env | VectorEnv;
}

/** An algorithm that the command line can train. */
export interface Algorithm {
  readonly about: About;
  /** The user's module that exports the class; undefined for an algorithm of the library. */
  readonly module: UserModule | undefined;
  /** True when the agent has a network. Only then there is a choice of backend and engine. */
  readonly hasNetwork: boolean;
  /** Builds a new agent. @throws UsageError for an option or environment that does not fit, or a mistake in the user's module */
  create(source: EnvironmentSource, options: Settings, hardware: Hardware): Promise<Placed>;
  /** Loads a run to train it further. @throws UsageError for a file that does not fit, or a mistake in the user's module */
  resume(bytes: Uint8Array, source: EnvironmentSource, hardware: Hardware): Promise<Placed>;
  /** Loads an agent that only acts. @param spaces must equal those in the file @throws UsageError as `resume` */
  load(bytes: Uint8Array, spaces: Spaces | undefined, hardware: Hardware): Promise<TrainedAgent>;
}

/** True for a class of agents, whether its `about` is complete or not. */
export function isAlgorithmClass(value: unknown): value is AlgorithmClass {
  if (typeof value !== "function") return false;
  const { about, load } = value as Partial<AlgorithmClass>;
  return typeof about === "object" && about !== null && typeof load === "function";
}

export function algorithmOf(Agent: AlgorithmClass, module: UserModule | undefined): Algorithm {
  const { about } = Agent;
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw refusal(error, about, module);
    }
  };
  return {
    about,
    module,
    hasNetwork: "network" in about.fields,
    create: (source, options, hardware) =>
      attempt(async () => {
        const first = await source.make();
        const count = Agent.environments?.(first, options) ?? 1;
        const env = await together(source, first, count);
        return { agent: new Agent(env, { ...options, ...hardware }), env };
      }),
    resume: (bytes, source, hardware) =>
      attempt(async () => {
        const env = await together(source, await source.make(), savedEnvironments(bytes));
        return { agent: Agent.load(bytes, { env, ...hardware }), env };
      }),
    load: (bytes, spaces, hardware) =>
      attempt(() => Agent.load(bytes, { ...(spaces && { env: spaces }), ...hardware })),
  };
}

/** Returns the first environment, or `count` environments of its kind that are stepped together. */
async function together(source: EnvironmentSource, first: Env, count: unknown): Promise<Env | VectorEnv> {
  if (count === 1 || !Number.isInteger(count)) return first;
  if (!source.isSingle) first.close?.();
  return source.makeTogether(count as number);
}

/** Returns the number of environments of the saved run; 1 for the file of a policy. */
function savedEnvironments(bytes: Uint8Array): unknown {
  const { contents, data } = decodeCheckpoint(bytes);
  const settings = data.settings as { readonly environments?: unknown } | undefined;
  return contents === "run" ? (settings?.environments ?? 1) : 1;
}

/**
 * Returns the error to report. An option or file that the library refuses is wrong input. Any other error from a user's class
 * is a mistake in the module.
 */
function refusal(error: unknown, { name }: About, module: UserModule | undefined): unknown {
  // The library's messages on options begin with the name of the class: "AveragedDQN: ..." or "AveragedDQN.load: ...".
  const isWorded = (message: string): boolean => message.startsWith(`${name}:`) || message.startsWith(`${name}.`);
  const isOurs = (refused: Error): boolean => refused instanceof CheckpointError || isWorded(refused.message);
  if (isRefusal(error) && (module === undefined || isOurs(error)))
    return new UsageError(error.message, { cause: error });
  return module === undefined ? error : module.failure(error);
}
