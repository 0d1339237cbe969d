// Finds mistakes in an environment before an agent trains on it: most failures to learn come from such mistakes.

import { Pcg64 } from "../engine/random.ts";
import {
  type Env,
  type EnvState,
  type GoalEnv,
  type GoalObservation,
  goalSpaceProblem,
  isGoalEnv,
  type ResetResult,
  type StepResult,
} from "../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../errors.ts";
import { describeMismatch, type Space, type SpaceValue } from "../space.ts";

/** Options of `checkEnv`. */
export interface CheckEnvOptions {
  /** Steps of the first and longest run, with random actions. @defaultValue 1000 */
  readonly steps?: number;
  /** Seed of the environment and of the actions. @defaultValue 0 */
  readonly seed?: number;
}

/** Findings of `checkEnv`. */
export interface EnvReport {
  /** True when `problems` is empty. */
  readonly ok: boolean;
  /** Violations of the `Env` contract, in words. With such an environment an agent may fail or learn wrongly. */
  readonly problems: readonly string[];
  /** Findings that are legal but usually mistakes, in words. */
  readonly warnings: readonly string[];
}

const KINDS: readonly string[] = ["discrete", "box", "multi-discrete", "multi-binary", "dict"];

/**
 * Runs an environment (synchronous or asynchronous) with random actions and reports violations of the `Env` contract:
 * - missing methods, observations outside the observation space, rewards that are no finite numbers, flags that are no
 *   booleans, a missing info;
 * - a `reset({ seed })` or a restored state after which the same actions give other results;
 * - in goal environments, rewards and ends that differ from `computeReward` and `computeTerminated`.
 *
 * Exceptions of the environment are reported, not thrown. Afterwards the environment is somewhere inside an episode: reset
 * it before use. Cost: `steps` steps and about 300 more.
 * @throws TypeError, RangeError for bad options only
 */
export async function checkEnv(env: Env, options: CheckEnvOptions = {}): Promise<EnvReport> {
  rejectUnknownOptions("checkEnv", options, ["steps", "seed"]);
  const steps = requireNumber("checkEnv", "steps", options.steps ?? 1000, { min: 1, integer: true }, "Default: 1000.");
  const seed = requireNumber("checkEnv", "seed", options.seed ?? 0, { min: 0, integer: true }, "Default: 0.");
  const inspection = new Inspection();
  if (inspection.shape(env)) {
    try {
      await inspect(env, steps, seed, inspection);
    } catch (error) {
      inspection.problem(`${inspection.doing} threw ${error instanceof Error ? error.message : show(error)}`);
    }
  }
  return inspection.report();
}

async function inspect(env: Env, steps: number, seed: number, inspection: Inspection): Promise<void> {
  const first = await record(env, steps, seed, inspection);
  if (inspection.stopped) return;
  if (first.ends === 0 && env.spec?.maxEpisodeSteps === undefined) {
    inspection.warning(
      `no episode ended within ${steps} steps: wrap the environment in TimeLimit unless it never ends`,
    );
  }
  const again = await record(env, Math.min(steps, 200), seed, inspection);
  const repeated = firstDifference(first.log, again.log);
  if (repeated >= 0) {
    inspection.problem(
      `reset({ seed: ${seed} }) and the same actions expected the same results, got others ${place(repeated)}; ` +
        "draw every random number from a stream that the seed restarts",
    );
  }
  await inspectSavedState(env, seed, inspection);
  inspectPictures(env, inspection);
}

/** A run as one line of text per call. Text is cheap to keep, and its comparison is exact for numbers. */
interface Recording {
  readonly log: string[];
  readonly ends: number;
}

async function record(env: Env, steps: number, seed: number, inspection: Inspection): Promise<Recording> {
  const random = new Pcg64(seed);
  inspection.doing = "reset";
  const start = await env.reset({ seed });
  inspection.reset(env, start);
  if (inspection.stopped) return { log: [], ends: 0 };
  const log = [describeResult(start)];
  let ends = 0;
  let before: unknown = start.observation;
  for (let i = 0; i < steps; i++) {
    inspection.doing = "step";
    const result = await env.step(sample(env.actionSpace, random));
    inspection.step(env, result, i);
    if (inspection.stopped) break;
    log.push(describeResult(result));
    inspection.reuse(before, result.observation);
    before = result.observation;
    if (!(result.terminated || result.truncated)) continue;
    ends++;
    inspection.doing = "reset";
    const next = await env.reset();
    inspection.reset(env, next);
    if (inspection.stopped) break;
    log.push(describeResult(next));
    before = next.observation;
  }
  return { log, ends };
}

async function inspectSavedState(env: Env, seed: number, inspection: Inspection): Promise<void> {
  if (env.saveState === undefined && env.loadState === undefined) {
    inspection.warning("no saveState and loadState: a resumed run starts a new episode");
    return;
  }
  if (env.saveState === undefined || env.loadState === undefined) {
    inspection.problem("saveState and loadState expected both or neither");
    return;
  }
  const random = new Pcg64(seed);
  await env.reset({ seed });
  await advance(env, random, 5, []);
  inspection.doing = "saveState";
  const state = env.saveState();
  const text = JSON.stringify(state);
  if (text === undefined || !isJson(state)) {
    inspection.problem(`saveState expected JSON data (no NaN, typed arrays or class instances), got ${show(state)}`);
    return;
  }
  const stream = random.saveState();
  const log: string[] = [];
  await advance(env, random, 50, log);
  inspection.doing = "loadState";
  env.loadState(JSON.parse(text) as EnvState);
  random.loadState(stream);
  const resumed: string[] = [];
  await advance(env, random, 50, resumed);
  const different = firstDifference(log, resumed);
  if (different >= 0) {
    inspection.problem(
      `loadState(saveState()) expected the same results afterwards, got others at call ${different + 1}; ` +
        "save the random stream and every counter too",
    );
  }
}

async function advance(env: Env, random: Pcg64, steps: number, log: string[]): Promise<void> {
  for (let i = 0; i < steps; i++) {
    const result = await env.step(sample(env.actionSpace, random));
    log.push(describeResult(result));
    if (result.terminated || result.truncated) log.push(describeResult(await env.reset()));
  }
}

function inspectPictures(env: Env, inspection: Inspection): void {
  for (const name of ["renderText", "renderSvg"] as const) {
    if (env[name] === undefined) continue;
    inspection.doing = name;
    const picture: unknown = env[name]();
    if (typeof picture !== "string") inspection.problem(`${name} expected text, got ${show(picture)}`);
  }
}

/** Collects findings. Each kind of finding is reported once, at its first occurrence. */
class Inspection {
  /** Name of the call in progress, for the report of an exception. */
  doing = "the check";
  readonly #problems = new Map<string, string>();
  readonly #warnings = new Map<string, string>();

  /** True when the check cannot go on. After other problems the check goes on and finds the rest. */
  stopped = false;

  problem(text: string, kind: string = text): void {
    if (!this.#problems.has(kind)) this.#problems.set(kind, text);
  }

  warning(text: string, kind: string = text): void {
    if (!this.#warnings.has(kind)) this.#warnings.set(kind, text);
  }

  report(): EnvReport {
    const problems = [...this.#problems.values()];
    return { ok: problems.length === 0, problems, warnings: [...this.#warnings.values()] };
  }

  /** Checks that methods and spaces exist. @returns true when the rest of the check can run */
  shape(env: Env): boolean {
    if (typeof env !== "object" || env === null) {
      this.problem(`environment expected an object, got ${show(env)}`);
      return false;
    }
    for (const name of ["reset", "step"] as const) {
      if (typeof env[name] !== "function") this.problem(`${name} expected a method, got ${show(env[name])}`);
    }
    for (const name of ["observationSpace", "actionSpace"] as const) {
      const space = env[name] as Partial<Space> | undefined;
      if (typeof space !== "object" || space === null || !KINDS.includes(space.kind as string)) {
        this.problem(`${name} expected a space (discrete, box, multiDiscrete, multiBinary, dict), got ${show(space)}`);
      }
    }
    const action = env.actionSpace;
    if (action?.kind === "box" && [...action.low, ...action.high].some((bound) => !Number.isFinite(bound))) {
      this.warning("actionSpace has infinite bounds: policies that squash their actions need finite ones");
    }
    if (this.#problems.size === 0) this.#goalShape(env);
    return this.#problems.size === 0;
  }

  /** Checks a goal environment: both functions exist, the observation has its three parts, and both goals have the same space. */
  #goalShape(env: Env): void {
    const { computeReward, computeTerminated } = env as Partial<GoalEnv>;
    if (computeReward === undefined && computeTerminated === undefined) return;
    if (!isGoalEnv(env)) {
      this.problem("computeReward and computeTerminated expected two methods or neither");
      return;
    }
    const problem = goalSpaceProblem(env.observationSpace);
    if (problem !== undefined) this.problem(problem);
  }

  reset(env: Env, result: ResetResult): void {
    if (typeof result !== "object" || result === null) {
      this.problem(`reset expected { observation, info }, got ${show(result)}`);
      this.stopped = true;
      return;
    }
    this.#common("reset", env, result);
  }

  step(env: Env, result: StepResult, i: number): void {
    const where = `step ${i + 1}`;
    if (typeof result !== "object" || result === null) {
      this.problem(`${where} expected { observation, reward, terminated, truncated, info }, got ${show(result)}`);
      this.stopped = true;
      return;
    }
    this.#common(where, env, result);
    if (!Number.isFinite(result.reward)) {
      this.problem(`${where}: reward expected a finite number, got ${show(result.reward)}`, "reward");
    }
    for (const flag of ["terminated", "truncated"] as const) {
      if (typeof result[flag] !== "boolean") {
        this.problem(`${where}: ${flag} expected true or false, got ${show(result[flag])}`, flag);
      }
    }
    if (this.#problems.size === 0 && isGoalEnv(env)) this.#goals(env, result, where);
  }

  /** Checks that reward and end equal the two functions' answers, even after a call for another goal. */
  #goals(env: GoalEnv, result: StepResult, where: string): void {
    const { achievedGoal, desiredGoal } = result.observation as GoalObservation;
    for (const time of ["", " when asked again"]) {
      const reward = env.computeReward(achievedGoal, desiredGoal);
      if (reward !== result.reward) {
        this.problem(
          `${where}: computeReward${time} expected the step's reward ${show(result.reward)}, got ${show(reward)}; ` +
            "compute it from the two goals alone",
          "computeReward",
        );
      }
      const terminated = env.computeTerminated(achievedGoal, desiredGoal);
      if (terminated !== result.terminated) {
        this.problem(
          `${where}: computeTerminated${time} expected the step's terminated ${show(result.terminated)}, ` +
            `got ${show(terminated)}; compute it from the two goals alone`,
          "computeTerminated",
        );
      }
      env.computeReward(achievedGoal, achievedGoal);
      env.computeTerminated(achievedGoal, achievedGoal);
    }
  }

  reuse(before: unknown, after: unknown): void {
    if (typeof after !== "object" || after === null || after !== before) return;
    this.warning("step returns the same observation object every time: whoever keeps one sees it change", "reuse");
  }

  #common(where: string, env: Env, result: ResetResult): void {
    const mismatch = describeMismatch(env.observationSpace, result.observation, true);
    if (mismatch !== undefined) this.problem(`${where}: observation expected ${mismatch}`, "observation");
    if (typeof result.info !== "object" || result.info === null) {
      this.problem(`${where}: info expected an object, got ${show(result.info)}; return {} when there is none`, "info");
    }
  }
}

function describeResult(result: ResetResult | StepResult): string {
  const { observation, reward, terminated, truncated } = result as StepResult;
  return JSON.stringify([plain(observation), reward, terminated, truncated]);
}

/** Converts an observation to JSON data. */
function plain(value: SpaceValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.length === "number") return Array.from(value as ArrayLike<number>);
  return Object.entries(value).map(([name, part]) => [name, plain(part)]);
}

function firstDifference(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

function place(call: number): string {
  return call === 0 ? "from reset" : `at call ${call} after it`;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isJson);
}

/** Draws a random value of a space. An infinite bound of a Box is replaced by a finite bound beyond the other bound or 0. */
function sample(space: Space, random: Pcg64): SpaceValue {
  switch (space.kind) {
    case "discrete":
      return space.start + random.integers(0, space.n);
    case "multi-discrete":
      return space.nvec.map((n) => random.integers(0, n));
    case "multi-binary":
      return Array.from({ length: space.n }, () => random.integers(0, 2));
    case "dict":
      return Object.fromEntries(Object.entries(space.spaces).map(([name, part]) => [name, sample(part, random)]));
    case "box": {
      const values = space.low.map((bound, i) => {
        const low = Number.isFinite(bound) ? bound : Math.min(-1, space.high[i] - 1);
        const high = Number.isFinite(space.high[i]) ? space.high[i] : Math.max(1, low + 1);
        return space.dtype === "uint8" ? random.integers(low, high + 1) : random.uniform(low, high);
      });
      return space.dtype === "uint8" ? Uint8Array.from(values) : Float32Array.from(values);
    }
  }
}
