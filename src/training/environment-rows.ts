// Environments as rows: a single environment is a vector of one. Every observation is encoded once; the results of a step become
// rows.
//
// Observations of a single environment are encoded directly from its own numbers, which may be float64, never through the
// float32 rows of a vector: published hashes depend on that.

import type { Env, EnvState, ResetResult, StepResult, VectorEnv, VectorStepResult } from "../env.ts";
import { CheckpointError } from "../errors.ts";
import type { ActionSpace } from "../experience/action-encoder.ts";
import type { Choice } from "../experience/actor.ts";
import { StepBuffer } from "../experience/step-buffer.ts";
import { requireOutcome, requireReward } from "../experience/transition-check.ts";
import { damaged } from "../formats/checkpoint.ts";
import { describeMismatch, flatSize, type SpaceValue } from "../space.ts";
import type { AgentContext } from "./context.ts";
import { isPromise } from "./yield.ts";

const WHERE = "learn";

/**
 * Observations of running episodes in a file: a value of the space, or the flat rows of a vector. null: no episode is running.
 */
export interface SavedObservations {
  readonly observation?: SpaceValue | null;
  readonly observations?: readonly number[] | null;
  /** Autoreset mode "next-step" only: 1 for an environment whose next step is a reset. */
  readonly resets?: readonly number[];
}

/** One or several environments that are stepped together. */
export interface EnvironmentRows {
  /** Number of environments. */
  readonly count: number;
  /** The current step: `observation` holds the observations to act on, the other rows the results. */
  readonly step: StepBuffer;
  /** Begins an episode in every environment. @param seed undefined: the environments' random streams continue */
  reset(seed: number | undefined): void | Promise<void>;
  /** Makes one step of all environments. @param choice actions for the environments */
  advance(choice: Choice): void | Promise<void>;
  /** Moves on: the results of the step become the observations to act on. @returns false when an episode must begin first */
  next(): boolean;
  /** Returns the observations of the running episodes. @param isRunning false: no episode is running */
  save(isRunning: boolean): SavedObservations;
  /** Checks the observations of a file. @throws CheckpointError when they do not fit */
  check(saved: SavedObservations): void;
  /** Loads observations that `check` accepted. */
  load(saved: SavedObservations): void;
  /** Returns the environments' state; null if they cannot save it. */
  saveState(): EnvState | null;
  /** Loads a state into the environments; undefined if they cannot do so. */
  readonly loadState: ((state: EnvState) => void) | undefined;
}

/** One environment, which may answer with promises. */
export class SingleEnvironment implements EnvironmentRows {
  readonly count = 1;
  readonly step: StepBuffer;
  readonly #env: Env;
  readonly #context: AgentContext;
  readonly #values: SpaceValue[];
  /** The observation to act on, as the environment returned it. */
  #value: SpaceValue = 0;

  constructor(env: Env, context: AgentContext) {
    const { actions, encoder } = context;
    this.#env = env;
    this.#context = context;
    this.step = new StepBuffer(1, encoder.size, actions.size);
    this.step.rows = 1;
    this.#values = [0];
    this.step.nextValues = this.#values;
  }

  reset(seed: number | undefined): void | Promise<void> {
    const result = seed === undefined ? this.#env.reset() : this.#env.reset({ seed });
    return isPromise(result) ? result.then((value) => this.#enter(value)) : this.#enter(result);
  }

  #enter({ observation }: ResetResult): void {
    this.#context.encoder.encode(WHERE, "observation", observation, this.step.observation);
    this.#value = observation;
  }

  advance(choice: Choice): void | Promise<void> {
    const { space, size } = this.#context.actions;
    const action = space.kind === "discrete" ? space.start + choice.given[0] : choice.given.slice(0, size);
    const result = this.#env.step(action);
    return isPromise(result) ? result.then((value) => this.#take(choice, value)) : this.#take(choice, result);
  }

  #take(choice: Choice, result: StepResult): void {
    const { step } = this;
    requireOutcome(WHERE, result);
    this.#context.encoder.encode(WHERE, "observation", result.observation, step.next);
    step.action = choice.action;
    step.given = choice.given;
    step.reward[0] = result.reward;
    step.terminated[0] = result.terminated ? 1 : 0;
    step.truncated[0] = result.truncated ? 1 : 0;
    this.#values[0] = result.observation;
  }

  next(): boolean {
    const { step } = this;
    if (step.hasEnded(0)) return false;
    for (let i = 0; i < step.next.length; i++) step.observation[i] = step.next[i];
    this.#value = this.#values[0];
    return true;
  }

  save(isRunning: boolean): SavedObservations {
    return { observation: isRunning ? toJson(this.#value) : null };
  }

  check({ observation = null }: SavedObservations): void {
    if (observation === null) return;
    const { encoder, observationSpace } = this.#context;
    const problem = describeMismatch(observationSpace, observation, false);
    if (problem !== undefined) throw damaged("session.observation", problem.split(", got ")[0], observation);
    try {
      // The next step overwrites the row.
      encoder.encode("load", "session.observation", observation, this.step.next);
    } catch {
      throw damaged("session.observation", "numbers that float32 holds", observation);
    }
  }

  load({ observation }: SavedObservations): void {
    this.#enter({ observation: observation as SpaceValue, info: {} });
  }

  saveState(): EnvState | null {
    return this.#env.saveState?.() ?? null;
  }

  get loadState(): ((state: EnvState) => void) | undefined {
    return this.#env.loadState === undefined ? undefined : (state) => this.#env.loadState?.(state);
  }
}

/**
 * Several environments stepped together, in any autoreset mode. In mode "next-step" the step after the end of an episode is a
 * reset: its row is not a step, and `skip` marks it.
 */
export class VectorEnvironment implements EnvironmentRows {
  readonly count: number;
  readonly step: StepBuffer;
  readonly #env: VectorEnv;
  readonly #context: AgentContext;
  readonly #numbers: Int32Array | Float32Array;
  /** Views of the same numbers, one entry per environment. */
  readonly #given: ArrayLike<SpaceValue>;
  /** 1 for an environment whose next step is a reset; null in other autoreset modes. */
  readonly #resets: Uint8Array | null;
  readonly #mask: boolean[];
  /** [environments, flat observation] observations to act on. The array belongs to the environments, which overwrite it. */
  #shown: Float32Array;

  constructor(env: VectorEnv, context: AgentContext) {
    const { actions, encoder } = context;
    const { count } = env;
    this.count = count;
    this.#env = env;
    this.#context = context;
    this.step = new StepBuffer(count, encoder.size, actions.size);
    this.step.rows = count;
    const { numbers, given } = planActions(actions.space, actions.size, count);
    this.#numbers = numbers;
    this.#given = given;
    this.#resets = env.autoresetMode === "next-step" ? new Uint8Array(count) : null;
    this.step.skip = this.#resets === null ? null : new Uint8Array(count);
    this.#mask = new Array<boolean>(count).fill(false);
    this.#shown = new Float32Array(count * flatSize(env.observationSpace));
  }

  reset(seed: number | undefined): void {
    const { observation } = seed === undefined ? this.#env.reset() : this.#env.reset({ seed });
    this.#resets?.fill(0);
    this.#show(observation);
    for (let e = 0; e < this.count; e++) this.#encodeShown(e);
  }

  advance(choice: Choice): void {
    const { count, step } = this;
    const { space, size } = this.#context.actions;
    const start = space.kind === "discrete" ? space.start : 0;
    for (let k = 0; k < count * size; k++) this.#numbers[k] = start + choice.given[k];
    const result = this.#env.step(this.#given);
    step.action = choice.action;
    step.given = choice.given;
    for (let e = 0; e < count; e++) this.#takeRow(e, result);
    this.#show(result.observation);
  }

  #takeRow(e: number, { observation, finalObservation, reward, terminated, truncated }: VectorStepResult): void {
    const { step } = this;
    const { encoder } = this.#context;
    requireReward(WHERE, e, reward[e]);
    step.reward[e] = reward[e];
    step.terminated[e] = terminated[e];
    step.truncated[e] = truncated[e];
    if (this.#resets !== null && step.skip !== null) {
      step.skip[e] = this.#resets[e];
      this.#resets[e] = step.skip[e] === 0 && step.hasEnded(e) ? 1 : 0;
    }
    const isFinal = this.#env.autoresetMode === "same-step" && step.hasEnded(e);
    encoder.encodeRow(WHERE, isFinal ? finalObservation : observation, e, step.next, e * encoder.size);
  }

  next(): boolean {
    const { count, step } = this;
    const { size } = this.#context.encoder;
    if (this.#env.autoresetMode === "disabled") this.#resetEnded();
    const isNew = this.#env.autoresetMode !== "next-step";
    for (let e = 0; e < count; e++) {
      if (isNew && step.hasEnded(e)) this.#encodeShown(e);
      else for (let i = e * size; i < (e + 1) * size; i++) step.observation[i] = step.next[i];
    }
    return true;
  }

  #resetEnded(): void {
    let ended = false;
    for (let e = 0; e < this.count; e++) {
      this.#mask[e] = this.step.hasEnded(e);
      if (this.#mask[e]) ended = true;
    }
    if (ended) this.#show(this.#env.reset({ resetMask: this.#mask }).observation);
  }

  #show(observation: Float32Array): void {
    this.#shown = observation;
  }

  #encodeShown(e: number): void {
    const { encoder } = this.#context;
    encoder.encodeRow(WHERE, this.#shown, e, this.step.observation, e * encoder.size);
  }

  save(isRunning: boolean): SavedObservations {
    return {
      observations: isRunning ? Array.from(this.#shown) : null,
      ...(this.#resets !== null && isRunning && { resets: Array.from(this.#resets) }),
    };
  }

  check({ observations = null, resets }: SavedObservations): void {
    if (observations === null) return;
    const { length } = this.#shown;
    if (!isNumbers(observations) || observations.length !== length) {
      throw damaged("session.observations", `${length} numbers`, observations);
    }
    const rows = Float32Array.from(observations);
    // x - x is 0 for finite numbers only.
    if (!rows.every((x) => x - x === 0)) throw damaged("session.observations", "finite numbers", observations);
    const { encoder } = this.#context;
    try {
      // The next step overwrites the rows.
      for (let e = 0; e < this.count; e++) encoder.encodeRow("load", rows, e, this.step.next, e * encoder.size);
    } catch {
      throw damaged("session.observations", "observations of the space", observations);
    }
    if ((resets === undefined) !== (this.#resets === null)) {
      throw new CheckpointError(
        `load: environment expected the autoresetMode of the run, got "${this.#env.autoresetMode}". Pass one in the same mode.`,
      );
    }
    if (this.#resets === null) return;
    if (!isNumbers(resets) || resets.length !== this.count || resets.some((flag) => flag !== 0 && flag !== 1)) {
      throw damaged("session.resets", `${this.count} zeros and ones`, resets);
    }
  }

  load({ observations, resets }: SavedObservations): void {
    this.#show(Float32Array.from(observations as readonly number[]));
    for (let e = 0; e < this.count; e++) this.#encodeShown(e);
    this.#resets?.set(resets as readonly number[]);
  }

  saveState(): EnvState | null {
    return this.#env.saveState?.() ?? null;
  }

  get loadState(): ((state: EnvState) => void) | undefined {
    return this.#env.loadState === undefined ? undefined : (state) => this.#env.loadState?.(state);
  }
}

/** Plans the numbers of the actions of all environments, and one view per environment on them. */
function planActions(
  space: ActionSpace,
  size: number,
  count: number,
): { readonly numbers: Int32Array | Float32Array; readonly given: ArrayLike<SpaceValue> } {
  if (space.kind === "discrete") {
    const numbers = new Int32Array(count);
    return { numbers, given: numbers };
  }
  const numbers = new Float32Array(count * size);
  const given = Array.from({ length: count }, (_, e) => numbers.subarray(e * size, (e + 1) * size));
  return { numbers, given };
}

export function isNumbers(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((value) => typeof value === "number");
}

/** Converts an observation to JSON that reads back as the same numbers. */
function toJson(value: SpaceValue): SpaceValue {
  if (typeof value !== "object") return value;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value as ArrayLike<number>);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}
