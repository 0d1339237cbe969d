// What tabular agents have in common: states numbered from Discrete or MultiDiscrete observations, epsilon-greedy
// actions from a table, options, checkpoints. An algorithm says in `learnFrom` how one step moves the table.
//
// They learn online: `observe` moves the table at once, and `update` has nothing left to do and returns 0.

import type { ActOptions, MemoryReport, Transition, UpdateOptions } from "../agent.ts";
import { randomIndex, uniform } from "../backends/reference/xoshiro.ts";
import { firstStreamState } from "../backends/stream-seed.ts";
import { CheckpointError, rejectUnknownOptions, requireNumber } from "../errors.ts";
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import { type Discrete, describeMismatch, type Space, type SpaceValue } from "../space.ts";
import { allowedAction, countAllowed, readActionMask } from "./action-mask.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { checkStepSize, QTable, type StepSize } from "./q-table.ts";
import { checkSchedule, type RunPosition, type Schedule, scheduleValue } from "./schedule.ts";
import { TrainableAgent, type Workplace } from "./trainable-agent.ts";
import { requireDiscreteStep } from "./transition-check.ts";

/** Defaults in brackets. */
export interface TabularOptions {
  /** Seeds exploration and the environment's first reset. [0] */
  readonly seed?: number;
  /** Named settings for an environment; `false` for none. [the preset of the environment's id, if there is one] */
  readonly preset?: string | false;
  /** Environment steps planned for the whole run; schedules are shares of it. [200000] */
  readonly totalSteps?: number;
  /** gamma, in 0 .. 1. [0.99] */
  readonly discount?: number;
  /** alpha: a constant in (0, 1], or 1 / N^exponent by visits. [visits, exponent 0.6] */
  readonly stepSize?: StepSize;
  /** Of every entry before its first visit; above all returns it drives exploration (Sutton & Barto 2018, section 2.6). [0] */
  readonly initialValue?: number;
  /** Probability of a uniformly random action. [0.1: Sutton & Barto 2018, example 6.6] */
  readonly epsilon?: Schedule;
}

export type TabularSettings = Required<Omit<TabularOptions, "preset">>;

const DEFAULTS: TabularSettings = {
  seed: 0,
  totalSteps: 200_000,
  discount: 0.99,
  stepSize: { type: "visits", exponent: 0.6 },
  initialValue: 0,
  epsilon: 0.1,
};

/** 64 Mi entries take 768 MiB; larger problems want a network. */
const MAX_ENTRIES = 67_108_864;

/** A table holds decisions for numbered states; how many there are. @throws TypeError for spaces that have no number of states */
function countStates(where: string, space: Space): number {
  if (space.kind === "discrete") return space.n;
  if (space.kind === "multi-discrete") return space.nvec.reduce((product, n) => product * n, 1);
  throw new TypeError(
    `${where}: observationSpace expected discrete or multi-discrete, got ${space.kind}. Use DQN, or number the states.`,
  );
}

/** Defaults, then the preset, then the caller's options; every value checked. */
export function readTabularSettings(
  where: string,
  options: TabularOptions,
  preset: Partial<TabularOptions>,
): TabularSettings {
  rejectUnknownOptions(where, options, [...Object.keys(DEFAULTS), "preset"]);
  const { preset: _name, ...settings } = { ...DEFAULTS, ...preset, ...options };
  requireNumber(where, "seed", settings.seed, { integer: true, min: 0 }, "Set options.seed.");
  requireNumber(where, "totalSteps", settings.totalSteps, { integer: true, min: 1 }, "Set options.totalSteps.");
  requireNumber(where, "discount", settings.discount, { min: 0, max: 1 }, "It is gamma.");
  requireNumber(where, "initialValue", settings.initialValue, {}, "Set options.initialValue.");
  checkStepSize(where, settings.stepSize);
  checkSchedule(where, "epsilon", settings.epsilon, { min: 0, max: 1 });
  return settings;
}

function requireTable(where: string, workplace: Workplace): { states: number; actions: Discrete } {
  const { actionSpace } = workplace;
  if (actionSpace.kind !== "discrete") {
    throw new TypeError(
      `${where}: actionSpace expected discrete, got ${actionSpace.kind}. A table holds numbered actions.`,
    );
  }
  const states = countStates(where, workplace.observationSpace);
  if (states * actionSpace.n > MAX_ENTRIES) {
    throw new RangeError(
      `${where}: table expected at most ${MAX_ENTRIES} entries, got ${states} states x ${actionSpace.n} actions. Use DQN.`,
    );
  }
  return { states, actions: actionSpace };
}

export abstract class TabularAgent extends TrainableAgent {
  readonly settings: TabularSettings;
  protected readonly table: QTable;
  readonly #actions: Discrete;
  /** State of the random stream. Plain loops draw from it what every backend would: a table needs no engine for that. */
  readonly #exploration: Uint32Array;
  readonly #maskRow: Float32Array;
  readonly #position: { envSteps: number; episodes: number; totalSteps: number };

  constructor(where: string, workplace: Workplace, settings: TabularSettings) {
    const { states, actions } = requireTable(where, workplace);
    super(workplace, settings.seed);
    this.settings = settings;
    this.table = new QTable(states, actions.n, settings.stepSize, settings.initialValue);
    this.#actions = actions;
    this.#exploration = firstStreamState(settings.seed, "exploration");
    this.#maskRow = new Float32Array(actions.n);
    this.#position = { envSteps: 0, episodes: 0, totalSteps: settings.totalSteps };
  }

  /**
   * Moves the table by one step of experience. States and actions are indices into the table.
   * Terminated: nothing follows. Truncated only: the episode is cut, values go on through `nextState`.
   */
  protected abstract learnFrom(
    state: number,
    action: number,
    reward: number,
    nextState: number,
    terminated: boolean,
    truncated: boolean,
  ): void;

  /** Probability of a random action now. */
  get epsilon(): number {
    return scheduleValue(this.settings.epsilon, this.#now());
  }

  /**
   * The greedy action (the first of largest value), or with `explore` an epsilon-greedy one.
   * @param observation a value of the observation space
   */
  act(observation: SpaceValue, options?: ActOptions): number {
    this.requireUsable("act");
    const state = this.#stateOf("act", "observation", observation);
    let mask: Float32Array | null = null;
    if (options?.mask !== undefined) {
      readActionMask(options.mask, this.#maskRow);
      mask = this.#maskRow;
    }
    return this.#actions.start + (options?.explore === true ? this.draw(state, mask) : this.table.greedy(state, mask));
  }

  /** Learns from the step at once. @throws TypeError or RangeError when a part does not fit; nothing changes then */
  observe(transition: Transition): void {
    this.requireUsable("observe");
    requireDiscreteStep(transition, this.#actions);
    const state = this.#stateOf("observe", "observation", transition.observation);
    const nextState = this.#stateOf("observe", "nextObservation", transition.nextObservation);
    const { reward, terminated, truncated } = transition;
    const action = (transition.action as number) - this.#actions.start;
    this.learnFrom(state, action, reward, nextState, terminated, truncated);
    this.envSteps++;
    if (terminated || truncated) this.episodes++;
  }

  /** Nothing is left to learn after `observe`. @returns 0 */
  update(_options?: UpdateOptions): number {
    this.requireUsable("update");
    return 0;
  }

  /** Q(observation, action), one per action. */
  qValues(observation: SpaceValue): Float64Array {
    this.requireUsable("qValues");
    const from = this.#stateOf("qValues", "observation", observation) * this.table.actions;
    return this.table.values.slice(from, from + this.table.actions);
  }

  memory(): MemoryReport {
    const parameters = this.table.values.byteLength;
    const total = parameters + this.table.visits.byteLength + this.#exploration.byteLength;
    return { total, parameters, replay: 0, bytesPerTransition: 0, capacity: 0 };
  }

  /** An epsilon-greedy action index. */
  protected draw(state: number, mask: Float32Array | null): number {
    if (uniform(this.#exploration) >= this.epsilon) return this.table.greedy(state, mask);
    if (mask === null) return randomIndex(this.#exploration, this.#actions.n);
    return allowedAction(mask, randomIndex(this.#exploration, countAllowed(mask)));
  }

  /** Moves the table's entry and counts it. */
  protected move(state: number, action: number, target: number): void {
    this.table.move(state, action, target);
    this.updates++;
  }

  protected updatesDue(): number {
    return 0;
  }

  protected mostUpdatesDue(): number {
    return 0;
  }

  protected metrics(): Record<string, number> {
    return { absTdError: this.table.last[0], stepSize: this.table.last[1], epsilon: this.epsilon };
  }

  protected trained(): Float64Array[] {
    return [this.table.values];
  }

  protected forgetEpisode(): void {}

  protected release(): void {}

  protected state(contents: "run" | "policy"): { tensors: CheckpointTensor[]; data: Record<string, unknown> } {
    const { states, actions, values, visits } = this.table;
    const tensors: CheckpointTensor[] = [{ name: "q", dtype: "F64", shape: [states, actions], data: values }];
    if (contents === "run") {
      const random = this.#exploration.slice();
      tensors.push({ name: "visits", dtype: "U32", shape: [states, actions], data: visits });
      tensors.push({ name: "random.exploration", dtype: "U32", shape: [4], data: random });
    }
    return { tensors, data: { settings: this.settings } };
  }

  /** Takes over a checkpoint that `openTabular` accepted. @throws CheckpointError */
  protected restore(checkpoint: Checkpoint): void {
    const { values, visits } = this.table;
    values.set(requireTensor(checkpoint, "q", Float64Array, values.length));
    if (checkpoint.contents === "run") {
      visits.set(requireTensor(checkpoint, "visits", Uint32Array, visits.length));
      this.#exploration.set(requireTensor(checkpoint, "random.exploration", Uint32Array, 4));
    }
    this.restoreRun(checkpoint);
  }

  #stateOf(where: string, what: string, observation: SpaceValue): number {
    const space = this.observationSpace;
    const problem = describeMismatch(space, observation, true);
    if (problem !== undefined) {
      throw new RangeError(`${where}: ${what} expected ${problem}. Check it against the space.`);
    }
    if (space.kind === "discrete") return (observation as number) - space.start;
    // Mixed radix, the last part running fastest.
    const { nvec } = space as { readonly nvec: readonly number[] };
    let state = 0;
    for (let i = 0; i < nvec.length; i++) state = state * nvec[i] + (observation as ArrayLike<number>)[i];
    return state;
  }

  #now(): RunPosition {
    this.#position.envSteps = this.envSteps;
    this.#position.episodes = this.episodes;
    return this.#position;
  }
}

/**
 * Reads a tabular checkpoint and checks that it belongs to this algorithm and environment, before anything is allocated.
 * @throws CheckpointError
 */
export function openTabular(
  where: string,
  algorithm: string,
  bytes: Uint8Array,
  env: Workplace | undefined,
): { readonly checkpoint: Checkpoint; readonly workplace: Workplace; readonly options: TabularOptions } {
  const { checkpoint, workplace, settings } = openCheckpoint(`${where}.load`, algorithm, bytes, env);
  const options = { ...settings, preset: false } as TabularOptions;
  try {
    const { states, actions } = requireTable(where, workplace);
    requireTensor(checkpoint, "q", Float64Array, states * actions.n);
    readTabularSettings(where, options, {});
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged("settings", "valid options", (error as Error).message);
  }
  return { checkpoint, workplace, options };
}
