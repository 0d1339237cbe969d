// Environments by name, and `make`, which builds an environment with its options and its time limit. Gymnasium's environments
// are always registered, with the names and limits of Gymnasium 1.3. The other environments of the package have their own
// entry points ("bellwether/arcade", "bellwether/diagnostics"), so that a bundle contains them only when it imports them.

import type { Env, EnvSpec, SyncEnv } from "../env.ts";
import { nearestName, rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { Acrobot } from "./acrobot.ts";
import type { ArcadeEnvs } from "./arcade/arcade-envs.ts";
import { Blackjack, type BlackjackOptions } from "./blackjack.ts";
import { CartPole, type CartPoleOptions } from "./cart-pole.ts";
import { CliffWalking, type CliffWalkingOptions } from "./cliff-walking.ts";
import type { DiagnosticEnvs } from "./diagnostics/diagnostic-envs.ts";
import { FrozenLake, type FrozenLakeOptions } from "./frozen-lake.ts";
import { MountainCar, type MountainCarOptions } from "./mountain-car.ts";
import { MountainCarContinuous, type MountainCarContinuousOptions } from "./mountain-car-continuous.ts";
import { Pendulum, type PendulumOptions } from "./pendulum.ts";
import { Taxi, type TaxiOptions } from "./taxi.ts";
import { TimeLimit } from "./wrappers/time-limit.ts";

/** Options of an environment, by name. */
export type EnvOptions = Readonly<Record<string, unknown>>;

/** An environment as `register` takes it. */
export interface EnvRegistration {
  /** The name for `make`, usually of the form "Name-v0". */
  readonly id: string;
  /** Builds a new environment. The options are `defaults`, overridden by those given to `make`, without `maxEpisodeSteps`. */
  readonly create: (options: EnvOptions) => Env;
  /** Steps after which `make` truncates an episode, or a function of the new environment. Without this field: never. */
  readonly maxEpisodeSteps?: number | ((env: Env) => number);
  /** Mean episode return at which the environment counts as solved. */
  readonly rewardThreshold?: number;
  /** Names of the options that `create` accepts. With this list `make` refuses other options. */
  readonly optionNames?: readonly string[];
  /** Option values of this registration that replace the environment's own defaults. */
  readonly defaults?: EnvOptions;
}

/** Options of `make` itself, beside the environment's own options. */
export interface MakeOptions {
  /** Steps after which an episode is truncated; null: never. @defaultValue the registered number */
  readonly maxEpisodeSteps?: number | null;
}

/** Types of observation, action and options of the environments that need no registration, by id. */
interface GymnasiumEnvs {
  "CartPole-v0": [Float32Array, number, CartPoleOptions];
  "CartPole-v1": [Float32Array, number, CartPoleOptions];
  "MountainCar-v0": [Float32Array, number, MountainCarOptions];
  "MountainCarContinuous-v0": [Float32Array, ArrayLike<number>, MountainCarContinuousOptions];
  "Pendulum-v1": [Float32Array, ArrayLike<number>, PendulumOptions];
  "Acrobot-v1": [Float32Array, number, EnvOptions];
  "Blackjack-v1": [readonly number[], number, BlackjackOptions];
  "FrozenLake-v1": [number, number, FrozenLakeOptions];
  "FrozenLake8x8-v1": [number, number, FrozenLakeOptions];
  "CliffWalking-v1": [number, number, CliffWalkingOptions];
  "CliffWalkingSlippery-v1": [number, number, CliffWalkingOptions];
  "Taxi-v4": [number, number, TaxiOptions];
}

/** Types of observation, action and options of all environments of the package, by id. */
export interface BuiltInEnvs extends GymnasiumEnvs, ArcadeEnvs, DiagnosticEnvs {}

type BuiltInId = keyof BuiltInEnvs;

/** The registrations of one entry point of the package: one for every environment that the entry point declares. */
export type Provided<Envs> = Readonly<Record<keyof Envs, Omit<EnvRegistration, "id">>>;

const BUILT_IN: Provided<GymnasiumEnvs> = {
  "CartPole-v0": builtIn(CartPole, { maxEpisodeSteps: 200, rewardThreshold: 195 }),
  "CartPole-v1": builtIn(CartPole, { maxEpisodeSteps: 500, rewardThreshold: 475 }),
  "MountainCar-v0": builtIn(MountainCar, { maxEpisodeSteps: 200, rewardThreshold: -110 }),
  "MountainCarContinuous-v0": builtIn(MountainCarContinuous, { maxEpisodeSteps: 999, rewardThreshold: 90 }),
  "Pendulum-v1": builtIn(Pendulum, { maxEpisodeSteps: 200 }),
  "Acrobot-v1": builtIn(Acrobot, { maxEpisodeSteps: 500, rewardThreshold: -100 }),
  "Blackjack-v1": builtIn(Blackjack, { defaults: { sab: true, natural: false } }),
  "FrozenLake-v1": builtIn(FrozenLake, { maxEpisodeSteps: 100, rewardThreshold: 0.7, defaults: { mapName: "4x4" } }),
  "FrozenLake8x8-v1": builtIn(FrozenLake, {
    maxEpisodeSteps: 200,
    rewardThreshold: 0.85,
    defaults: { mapName: "8x8" },
  }),
  "CliffWalking-v1": builtIn(CliffWalking, {}),
  "CliffWalkingSlippery-v1": builtIn(CliffWalking, { defaults: { isSlippery: true } }),
  "Taxi-v4": builtIn(Taxi, { maxEpisodeSteps: 200, rewardThreshold: 8 }),
};

const ARCADE = 'Import { registerArcade } from "bellwether/arcade" and call it first.';
const DIAGNOSTICS = 'Import { registerDiagnostics } from "bellwether/diagnostics" and call it first.';

/** Ids reserved for other entry points of the package, each with advice on how to register it. */
const ELSEWHERE: Readonly<Record<keyof ArcadeEnvs | keyof DiagnosticEnvs, string>> = {
  "BitFlip-v0": DIAGNOSTICS,
  "DeepSea-v0": DIAGNOSTICS,
  "Catch-v0": DIAGNOSTICS,
  "MemoryChain-v0": DIAGNOSTICS,
  "UmbrellaChain-v0": DIAGNOSTICS,
  "NChain-v0": DIAGNOSTICS,
  "CartPoleNoVel-v1": DIAGNOSTICS,
  "PendulumNoVel-v1": DIAGNOSTICS,
  "Bricks-v0": ARCADE,
  "Invasion-v0": ARCADE,
  "RoadCrossing-v0": ARCADE,
  "TreasureHunt-v0": ARCADE,
  "Submarine-v0": ARCADE,
};

const registered = new Map<string, EnvRegistration>();

/** Returns the registration of an environment class of the package. */
export function builtIn(
  kind: { new (options: never): Env; readonly optionNames: readonly string[] },
  facts: Omit<EnvRegistration, "id" | "create" | "optionNames">,
): Omit<EnvRegistration, "id"> {
  return { create: (options) => new kind(options as never), optionNames: kind.optionNames, ...facts };
}

function find(id: string): EnvRegistration | undefined {
  if (Object.hasOwn(BUILT_IN, id)) return { id, ...BUILT_IN[id as keyof GymnasiumEnvs] };
  return registered.get(id);
}

/** Registers the environments of an entry point of the package. A second call changes nothing. */
export function provide(envs: Readonly<Record<string, Omit<EnvRegistration, "id">>>): void {
  for (const [id, registration] of Object.entries(envs)) registered.set(id, { id, ...registration });
}

/** Returns the ids that `make` knows: Gymnasium's first, then others in the order of registration. */
export function registeredIds(): string[] {
  return [...Object.keys(BUILT_IN), ...registered.keys()];
}

/**
 * Registers an environment under a name, so that `make` can build it.
 * @throws TypeError for an id that is no string or a `create` that is no function; RangeError for a name that is taken or
 *   reserved, an unknown field, or a number out of range
 */
export function register(registration: EnvRegistration): void {
  const { id, create, maxEpisodeSteps, rewardThreshold } = registration;
  rejectUnknownOptions("register", registration, [
    "id",
    "create",
    "maxEpisodeSteps",
    "rewardThreshold",
    "optionNames",
    "defaults",
  ]);
  if (typeof id !== "string" || id === "") {
    throw new TypeError(`register: id expected a name, got ${show(id)}. For example "GridWorld-v0".`);
  }
  if (typeof create !== "function") {
    throw new TypeError(`register: create expected a function, got ${show(create)}. It returns a new environment.`);
  }
  if (find(id) !== undefined || Object.hasOwn(ELSEWHERE, id)) {
    throw new RangeError(`register: id expected an unused name, got ${show(id)}. Raise its version.`);
  }
  if (maxEpisodeSteps !== undefined && typeof maxEpisodeSteps !== "function") {
    requireNumber("register", "maxEpisodeSteps", maxEpisodeSteps, { min: 1, integer: true }, "It counts steps.");
  }
  if (rewardThreshold !== undefined) {
    requireNumber("register", "rewardThreshold", rewardThreshold, {}, "It is a mean return.");
  }
  registered.set(id, { ...registration });
}

function adviceFor(unknown: string): string {
  if (Object.hasOwn(ELSEWHERE, unknown)) return ELSEWHERE[unknown as keyof typeof ELSEWHERE];
  const near = nearestName(unknown, [...registeredIds(), ...Object.keys(ELSEWHERE)]);
  return near ? `Did you mean ${near}?` : `Registered: ${registeredIds().join(", ")}.`;
}

/**
 * Builds a registered environment. With a step limit the environment is wrapped in a TimeLimit. The `spec` of the result holds
 * the id, the options and the limit.
 * @param id      name of the environment, such as "CartPole-v1"; see `registeredIds`
 * @param options options of the environment, and `maxEpisodeSteps`. Default: none.
 * @throws RangeError for an unknown id or option (the message names the nearest known one), or for an environment of an entry
 *   point that is not registered (the message says how to register it); also every error of the environment's constructor
 */
export function make<Id extends BuiltInId>(
  id: Id,
  options?: BuiltInEnvs[Id][2] & MakeOptions,
): SyncEnv<BuiltInEnvs[Id][0], BuiltInEnvs[Id][1]>;
/** Builds an environment by any registered id. `Made` is the type that the caller expects. */
export function make<Made extends Env = SyncEnv>(id: string, options?: EnvOptions & MakeOptions): Made;
export function make(id: string, options: EnvOptions & MakeOptions = {}): Env {
  const registration = find(id);
  if (registration === undefined) {
    throw new RangeError(`make: id expected a registered environment, got ${show(id)}. ${adviceFor(String(id))}`);
  }
  const { create, optionNames, defaults, rewardThreshold } = registration;
  if (optionNames !== undefined) rejectUnknownOptions(`make ${id}`, options, [...optionNames, "maxEpisodeSteps"]);
  const { maxEpisodeSteps: chosen, ...own } = options;
  if (chosen !== undefined && chosen !== null) {
    requireNumber(`make ${id}`, "maxEpisodeSteps", chosen, { min: 1, integer: true }, "Use null for no limit.");
  }
  const env = create({ ...defaults, ...own });
  const usual = registration.maxEpisodeSteps;
  const limit = chosen === null ? undefined : (chosen ?? (typeof usual === "function" ? usual(env) : usual));
  const spec: EnvSpec = {
    id,
    options: { ...options },
    ...(limit === undefined ? {} : { maxEpisodeSteps: limit }),
    ...(rewardThreshold === undefined ? {} : { rewardThreshold }),
  };
  // The property is defined, not assigned, because a class may have `spec` as a getter.
  Object.defineProperty(env, "spec", { value: spec, enumerable: true, configurable: true });
  return limit === undefined ? env : new TimeLimit(env, { maxEpisodeSteps: limit });
}
