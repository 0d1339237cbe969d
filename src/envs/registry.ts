// Environments by name, and `make`, which builds one with its options and its time limit. Names and limits of the built-in
// ones are Gymnasium 1.3's where it has them.

import type { Env, EnvSpec, SyncEnv } from "../env.ts";
import { nearestName, rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { flatSize } from "../space.ts";
import { Acrobot } from "./acrobot.ts";
import type { ArcadeOptions, RampingArcadeOptions } from "./arcade/arcade-game.ts";
import { Bricks } from "./arcade/bricks.ts";
import { Invasion } from "./arcade/invasion.ts";
import { RoadCrossing } from "./arcade/road-crossing.ts";
import { Submarine } from "./arcade/submarine.ts";
import { TreasureHunt } from "./arcade/treasure-hunt.ts";
import { BitFlip, type BitFlipObservation, type BitFlipOptions } from "./bit-flip.ts";
import { Blackjack, type BlackjackOptions } from "./blackjack.ts";
import { CartPole, type CartPoleOptions } from "./cart-pole.ts";
import { Catch, type CatchOptions } from "./catch.ts";
import { CliffWalking, type CliffWalkingOptions } from "./cliff-walking.ts";
import { DeepSea, type DeepSeaOptions } from "./deep-sea.ts";
import { FrozenLake, type FrozenLakeOptions } from "./frozen-lake.ts";
import { MemoryChain, type MemoryChainOptions } from "./memory-chain.ts";
import { MountainCar, type MountainCarOptions } from "./mountain-car.ts";
import { MountainCarContinuous, type MountainCarContinuousOptions } from "./mountain-car-continuous.ts";
import { NChain, type NChainOptions } from "./n-chain.ts";
import { Pendulum, type PendulumOptions } from "./pendulum.ts";
import { Taxi, type TaxiOptions } from "./taxi.ts";
import { UmbrellaChain, type UmbrellaChainOptions } from "./umbrella-chain.ts";
import { TimeLimit } from "./wrappers/time-limit.ts";

export type EnvOptions = Readonly<Record<string, unknown>>;

export interface EnvRegistration {
  /** The name for `make`; by custom "Name-v0". */
  readonly id: string;
  /** Builds a new environment; the options are those given to `make`, over `defaults`, without `maxEpisodeSteps`. */
  readonly create: (options: EnvOptions) => Env;
  /** Steps after which `make` truncates an episode, also as a function of the environment made; default: never. */
  readonly maxEpisodeSteps?: number | ((env: Env) => number);
  /** Mean return at which the environment counts as solved. */
  readonly rewardThreshold?: number;
  /** Options that `create` knows; when given, `make` refuses others. */
  readonly optionNames?: readonly string[];
  /** Options of this registration that differ from the environment's own defaults. */
  readonly defaults?: EnvOptions;
}

/** What `make` itself understands, beside the environment's own options. */
export interface MakeOptions {
  /** Steps after which an episode is truncated, instead of the registered number; null: never. */
  readonly maxEpisodeSteps?: number | null;
}

/** Observation, action and options of the built-in environments. */
export interface BuiltInEnvs {
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
  "BitFlip-v0": [BitFlipObservation, number, BitFlipOptions];
  "DeepSea-v0": [Uint8Array, number, DeepSeaOptions];
  "Catch-v0": [Uint8Array, number, CatchOptions];
  "MemoryChain-v0": [Float32Array, number, MemoryChainOptions];
  "UmbrellaChain-v0": [Float32Array, number, UmbrellaChainOptions];
  "NChain-v0": [number, number, NChainOptions];
  "Bricks-v0": [Uint8Array, number, ArcadeOptions];
  "Invasion-v0": [Uint8Array, number, RampingArcadeOptions];
  "RoadCrossing-v0": [Uint8Array, number, ArcadeOptions];
  "TreasureHunt-v0": [Uint8Array, number, RampingArcadeOptions];
  "Submarine-v0": [Uint8Array, number, RampingArcadeOptions];
}

type BuiltInId = keyof BuiltInEnvs;

const BUILT_IN: Readonly<Record<BuiltInId, Omit<EnvRegistration, "id">>> = {
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
  "BitFlip-v0": builtIn(BitFlip, { maxEpisodeSteps: (env) => flatSize(env.actionSpace) }),
  "DeepSea-v0": builtIn(DeepSea, {}),
  "Catch-v0": builtIn(Catch, {}),
  "MemoryChain-v0": builtIn(MemoryChain, {}),
  "UmbrellaChain-v0": builtIn(UmbrellaChain, {}),
  "NChain-v0": builtIn(NChain, { maxEpisodeSteps: 1000 }),
  "Bricks-v0": builtIn(Bricks, { maxEpisodeSteps: 5000 }),
  "Invasion-v0": builtIn(Invasion, { maxEpisodeSteps: 5000 }),
  "RoadCrossing-v0": builtIn(RoadCrossing, { maxEpisodeSteps: 2500 }),
  "TreasureHunt-v0": builtIn(TreasureHunt, { maxEpisodeSteps: 5000 }),
  "Submarine-v0": builtIn(Submarine, { maxEpisodeSteps: 5000 }),
};

const registered = new Map<string, EnvRegistration>();

function builtIn(
  kind: { new (options: never): Env; readonly optionNames: readonly string[] },
  facts: Omit<EnvRegistration, "id" | "create" | "optionNames">,
): Omit<EnvRegistration, "id"> {
  return { create: (options) => new kind(options as never), optionNames: kind.optionNames, ...facts };
}

function find(id: string): EnvRegistration | undefined {
  if (Object.hasOwn(BUILT_IN, id)) return { id, ...BUILT_IN[id as BuiltInId] };
  return registered.get(id);
}

/** The names that `make` knows, built-in ones first. */
export function registeredIds(): string[] {
  return [...Object.keys(BUILT_IN), ...registered.keys()];
}

/**
 * Makes an environment known to `make` under a name.
 * @throws TypeError for an id that is no string or a `create` that is no function; RangeError for a name already taken,
 *   an unknown field, or a number out of range
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
  if (find(id) !== undefined) {
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

/**
 * Builds a registered environment, inside a TimeLimit where it has one. Its `spec` says what was made.
 * @throws RangeError for an unknown id or option, naming the nearest known one; whatever the environment itself refuses
 */
export function make<Id extends BuiltInId>(
  id: Id,
  options?: BuiltInEnvs[Id][2] & MakeOptions,
): SyncEnv<BuiltInEnvs[Id][0], BuiltInEnvs[Id][1]>;
export function make<Made extends Env = SyncEnv>(id: string, options?: EnvOptions & MakeOptions): Made;
export function make(id: string, options: EnvOptions & MakeOptions = {}): Env {
  const registration = find(id);
  if (registration === undefined) {
    const near = nearestName(String(id), registeredIds());
    const advice = near ? `Did you mean ${near}?` : `Registered: ${registeredIds().join(", ")}.`;
    throw new RangeError(`make: id expected a registered environment, got ${show(id)}. ${advice}`);
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
  // The environment is new and ours to label; defined, not assigned, because a class may have `spec` as a getter.
  Object.defineProperty(env, "spec", { value: spec, enumerable: true, configurable: true });
  return limit === undefined ? env : new TimeLimit(env, { maxEpisodeSteps: limit });
}
