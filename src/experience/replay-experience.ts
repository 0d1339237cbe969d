// Experience in a replay. Steps pass through n-step windows (n-step.ts) or, with hindsight, through whole episodes
// (hindsight.ts), one of these per environment, into the replay. Checkpoints contain transitions, priorities and open windows.

import type { Backend } from "../backend.ts";
import { damaged, requireCount } from "../formats/checkpoint.ts";
import type { CheckpointReader, CheckpointWriter } from "../formats/checkpoint-part.ts";
import type { Batch, RandomStream, Tensor } from "../operations/handles.ts";
import type { PriorityContents, PriorityType } from "../operations/priorities.ts";
import type { ObservationStorage, ReplaySpec } from "../operations/replay.ts";
import type { Space } from "../space.ts";
import type { ActionEncoder } from "./action-encoder.ts";
import type { Sampled, StepRows } from "./experience.ts";
import { type GoalFunctions, Hindsight, type HindsightOptions } from "./hindsight.ts";
import { NStep, type StoreWindow } from "./n-step.ts";
import { PrioritizedReplay } from "./prioritized-replay.ts";
import type { Replay } from "./replay.ts";
import { planBatch, ReplayBuffer } from "./replay-buffer.ts";

/** Sizes and settings of a `ReplayExperience`. */
export interface ReplayPlan {
  /** Largest number of transitions. */
  readonly capacity: number;
  /** Space of the environment's observations; hindsight finds the goals in it. */
  readonly observationSpace: Space;
  /** Numbers per encoded observation. */
  readonly observationSize: number;
  /** Format of stored observations, see `Encoder.storage`. */
  readonly observationStorage: ObservationStorage;
  /** Encoder of the action space. */
  readonly actions: ActionEncoder;
  /** Number of environments. */
  readonly environments: number;
  /** Steps of a multi-step return. */
  readonly nStep: number;
  /** Discount of one step. */
  readonly discount: number;
  /** Uniform replay, or prioritized replay with its settings. */
  readonly replay:
    | { readonly type: "uniform" }
    | { readonly type: PriorityType; readonly alpha: number; readonly epsilon: number };
  /** Hindsight experience replay. Null: every step is stored once, with its own goal. */
  readonly hindsight: {
    readonly options: HindsightOptions;
    readonly functions: GoalFunctions;
    readonly backend: Backend;
    readonly stream: RandomStream;
  } | null;
}

const ARRAY = { float32: Float32Array, uint8: Uint8Array, "one-hot": Uint32Array } as const;

/** Experience of off-policy agents: n-step transitions in a uniform or prioritized replay, with hindsight on request. */
export class ReplayExperience implements Sampled {
  readonly #backend: Backend;
  readonly #plan: ReplayPlan;
  readonly #replay: Replay;
  /** One of these per environment. With hindsight `#episodes` take the steps, and `#windows` are unused. */
  readonly #windows: readonly NStep[];
  readonly #episodes: readonly Hindsight[];
  // One row of a step, the input of windows.
  readonly #observation: Float32Array;
  readonly #action: Float32Array;
  readonly #next: Float32Array;
  readonly #step = { reward: 0, terminated: false, truncated: false };
  #turn = 0;
  readonly #store: StoreWindow = (window, next) => {
    this.#replay.add(window.observation, window.action, window.sums, next);
  };

  /** @throws RangeError when memory cannot hold `capacity` transitions */
  constructor(backend: Backend, plan: ReplayPlan) {
    const { capacity, observationSize, observationStorage, actions, environments, nStep, discount, replay } = plan;
    const spec: ReplaySpec = { capacity, observationSize, observationStorage, actionSize: actions.size };
    const perEnvironment = { length: environments };
    this.#backend = backend;
    this.#plan = plan;
    this.#replay =
      replay.type === "uniform"
        ? new ReplayBuffer(backend, spec)
        : new PrioritizedReplay(backend, spec, { ...replay, beta: 0 });
    this.#windows = Array.from(perEnvironment, () => new NStep(nStep, discount, observationSize, actions.size));
    const { hindsight, observationSpace } = plan;
    const goals = { observationSpace, actionSize: actions.size, nStep, discount };
    this.#episodes =
      hindsight === null
        ? []
        : Array.from(
            perEnvironment,
            () => new Hindsight(hindsight.backend, hindsight.stream, hindsight.functions, goals, hindsight.options),
          );
    this.#observation = new Float32Array(observationSize);
    this.#action = new Float32Array(actions.size);
    this.#next = new Float32Array(observationSize);
  }

  get size(): number {
    return this.#replay.size;
  }

  get capacity(): number {
    return this.#replay.capacity;
  }

  get bytes(): number {
    return this.#replay.bytes;
  }

  get turn(): number {
    return this.#turn;
  }

  get beta(): number {
    return this.#replay.beta;
  }

  set beta(value: number) {
    this.#replay.beta = value;
  }

  add(step: StepRows): void {
    const { environments } = this.#plan;
    for (let row = 0; row < step.rows; row++) {
      if (step.skip !== null && step.skip[row] !== 0) continue;
      this.#addRow(step, row, (step.first + row) % environments);
    }
    this.#turn = (step.first + step.rows) % environments;
  }

  #addRow(step: StepRows, row: number, environment: number): void {
    const observation = rowOf(step.observation, row, this.#observation);
    const next = rowOf(step.next, row, this.#next);
    const action = rowOf(step.action, row, this.#action);
    const end = this.#step;
    end.reward = step.reward[row];
    end.terminated = step.terminated[row] !== 0;
    end.truncated = step.truncated[row] !== 0;
    if (this.#episodes.length === 0) {
      this.#windows[environment].add(observation, action, next, end, this.#store);
      return;
    }
    const value = step.nextValues === null ? null : step.nextValues[row];
    this.#episodes[environment].add(observation, action, next, end, value, this.#store);
  }

  forget(): void {
    for (const windows of this.#windows) windows.clear();
    for (const episode of this.#episodes) episode.clear();
  }

  planBatch(rows: number): Batch {
    return planBatch(this.#backend, rows, this.#plan.observationSize, this.#plan.actions.size);
  }

  sample(stream: RandomStream, batch: Batch): void {
    this.#replay.sample(stream, batch.index.rows, batch);
  }

  updatePriorities(batch: Batch, absError: Tensor): void {
    this.#replay.updatePriorities(batch.index.rows, batch, absError);
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  check(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    for (const [e, windows] of this.#windows.entries())
      this.#readWindows(from, prefixOf("nStep", e, this.#windows), windows);
    for (const [e, episode] of this.#episodes.entries()) {
      this.#readEpisode(from, prefixOf("hindsight", e, this.#episodes), episode);
    }
    this.#readReplay(from);
    this.#readTurn(from);
  }

  load(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    for (const [e, windows] of this.#windows.entries()) {
      windows.loadState(this.#readWindows(from, prefixOf("nStep", e, this.#windows), windows));
    }
    for (const [e, episode] of this.#episodes.entries()) {
      episode.loadState(this.#readEpisode(from, prefixOf("hindsight", e, this.#episodes), episode));
    }
    const saved = this.#readReplay(from);
    if (saved !== null) this.#replay.restore(saved.contents, saved.position, saved.priorities);
    this.#turn = this.#readTurn(from);
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    for (const [e, windows] of this.#windows.entries()) {
      saveArrays(to, prefixOf("nStep", e, this.#windows), windows.saveState());
    }
    for (const [e, episode] of this.#episodes.entries()) {
      saveArrays(to, prefixOf("hindsight", e, this.#episodes), episode.saveState());
    }
    const { size, position } = this.#replay;
    to.put("replay", { size, position, ...(this.#turn > 0 && { turn: this.#turn }) });
    const { observation, nextObservation, action, reward, discount } = this.#replay.contents();
    saveArrays(to, "replay", { observation, nextObservation, action, reward, discount });
    const priorities = this.#replay.priorities();
    if (priorities === null) return;
    to.tensor("replay.priorities", priorities.values);
    to.tensor("replay.largestPriority", Float64Array.of(priorities.maximum));
  }

  #readWindows(from: CheckpointReader, prefix: string, { n }: NStep): ReturnType<NStep["saveState"]> {
    const { observationSize, actions } = this.#plan;
    const open = from.length(`${prefix}.rewards`);
    if (open >= n) throw damaged(`${prefix}.rewards`, `less than ${n} open windows`, open);
    return {
      observations: from.tensor(`${prefix}.observations`, Float32Array, open * observationSize),
      actions: this.#requireActions(
        `${prefix}.actions`,
        from.tensor(`${prefix}.actions`, Float32Array, open * actions.size),
      ),
      rewards: from.tensor(`${prefix}.rewards`, Float64Array, open),
      discounts: from.tensor(`${prefix}.discounts`, Float64Array, open),
    };
  }

  #readEpisode(from: CheckpointReader, prefix: string, episode: Hindsight): ReturnType<Hindsight["saveState"]> {
    const steps = from.length(`${prefix}.rewards`);
    const { maxEpisodeSteps } = episode.options;
    if (steps >= maxEpisodeSteps) throw damaged(`${prefix}.rewards`, `less than ${maxEpisodeSteps} steps`, steps);
    const lengths = episode.stateLengths(steps);
    return {
      observations: from.tensor(`${prefix}.observations`, Float32Array, lengths.observations),
      actions: this.#requireActions(
        `${prefix}.actions`,
        from.tensor(`${prefix}.actions`, Float32Array, lengths.actions),
      ),
      nextObservations: from.tensor(`${prefix}.nextObservations`, Float32Array, lengths.nextObservations),
      rewards: from.tensor(`${prefix}.rewards`, Float64Array, lengths.rewards),
      achieved: from.tensor(`${prefix}.achieved`, Float64Array, lengths.achieved),
    };
  }

  #readTurn(from: CheckpointReader): number {
    const { turn = 0 } = from.object("replay");
    const { environments } = this.#plan;
    if (requireCount("replay.turn", turn) >= environments)
      throw damaged("replay.turn", `one below ${environments}`, turn);
    return turn as number;
  }

  /** Returns null when the saved replay was empty. */
  #readReplay(from: CheckpointReader): {
    readonly contents: ReturnType<Replay["contents"]>;
    readonly position: number;
    readonly priorities: PriorityContents | null;
  } | null {
    const saved = from.object("replay");
    const size = requireCount("replay.size", saved.size);
    const position = requireCount("replay.position", saved.position);
    const { capacity } = this.#replay;
    if (size > capacity || position >= capacity || (size < capacity && position !== size)) {
      throw damaged("replay", `a size and position within ${capacity}`, `${size}, ${position}`);
    }
    if (size === 0) return null;
    const { observationStorage: storage, observationSize, actions } = this.#plan;
    const kind = ARRAY[storage] as typeof Float32Array;
    const length = size * (storage === "one-hot" ? 1 : observationSize);
    const contents = {
      observation: from.tensor("replay.observation", kind, length),
      nextObservation: from.tensor("replay.nextObservation", kind, length),
      action: this.#requireActions("replay.action", from.tensor("replay.action", Float32Array, size * actions.size)),
      reward: from.tensor("replay.reward", Float32Array, size),
      discount: from.tensor("replay.discount", Float32Array, size),
    };
    for (const name of ["observation", "nextObservation"] as const) {
      if (storage === "one-hot" && contents[name].some((index) => index >= observationSize)) {
        throw damaged(`replay.${name}`, `indices below ${observationSize}`, contents[name]);
      }
    }
    return { contents, position, priorities: readPriorities(from, this.#replay, size) };
  }

  /** Checks stored actions, which the engine uses as memory offsets. @throws CheckpointError for a number that is no action */
  #requireActions(name: string, list: Float32Array): Float32Array {
    const { actions } = this.#plan;
    if (list.every((value, k) => actions.isStored(value, k % actions.size))) return list;
    throw damaged(name, "actions of the space", list);
  }
}

/** Returns the prefix of an environment's names in files. A single environment has no number. */
function prefixOf(name: string, environment: number, all: readonly unknown[]): string {
  return all.length === 1 ? name : `${name}.${environment}`;
}

/** Returns one row as an array: `rows` itself if it is the only row, else a copy in `room`. */
function rowOf(rows: Float32Array, row: number, room: Float32Array): Float32Array {
  if (rows.length === room.length) return rows;
  for (let i = 0, from = row * room.length; i < room.length; i++) room[i] = rows[from + i];
  return room;
}

function saveArrays(to: CheckpointWriter, prefix: string, arrays: object): void {
  for (const [name, data] of Object.entries(arrays)) to.tensor(`${prefix}.${name}`, data);
}

/**
 * Reads and checks saved priorities; null for uniform replay. Wrong priorities would make the engine read outside its memory.
 * @throws CheckpointError
 */
function readPriorities(from: CheckpointReader, replay: Replay, size: number): PriorityContents | null {
  if (replay.type === "uniform") return null;
  const values = from.tensor("replay.priorities", Float64Array, size);
  const [maximum] = from.tensor("replay.largestPriority", Float64Array, 1);
  // Priorities are at most the float32 errors that they come from. The first transition has priority 1.
  if (!(maximum >= 1 && Number.isFinite(Math.fround(maximum)))) {
    throw damaged("replay.largestPriority", "a float32 of at least 1", maximum);
  }
  const isRank = replay.type === "rank";
  const wrong = values.find((value) => !((isRank ? value >= 0 : value > 0) && value <= maximum));
  if (wrong !== undefined) {
    throw damaged("replay.priorities", `numbers ${isRank ? "of at least" : "above"} 0 and at most ${maximum}`, wrong);
  }
  return { values, maximum };
}
