// Base class of tabular agents: a table, its actor, and online learning. `observe` changes the table at once; `update` has
// nothing left to do and returns 0.

import type { ActBatchOptions, ActOptions } from "../../agent.ts";
import type { Experience, StepRows } from "../../experience/experience.ts";
import type { CheckpointPart, CheckpointReader, CheckpointWriter } from "../../formats/checkpoint-part.ts";
import type { SpaceValue } from "../../space.ts";
import { AgentBase } from "../../training/agent-base.ts";
import type { AgentContext } from "../../training/context.ts";
import type { ActionRows } from "../../training/decisions.ts";
import type { Learner } from "../../training/learner.ts";
import { open } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { QTable } from "./q-table.ts";
import { StateEncoder } from "./state-encoder.ts";
import { TableActor } from "./table-actor.ts";
import type { TabularAbout, TabularOptions, TabularSettings } from "./tabular-options.ts";

/** Largest number of entries: 64 Mi entries take 768 MiB. Larger problems need a network. */
const MAX_ENTRIES = 67_108_864;

/** One step of one environment. States and actions are indices into the table. */
export interface TableStep {
  environment: number;
  state: number;
  action: number;
  reward: number;
  nextState: number;
  /** True when the task ended: no reward follows. */
  terminated: boolean;
  /** True when the episode was cut: the value of `nextState` still counts. */
  truncated: boolean;
}

/** An algorithm's way of learning from a step. */
export interface TableUpdate extends CheckpointPart {
  /** Learns from a step. @param move moves an entry towards a target, and counts the update */
  learnFrom(step: TableStep, move: (state: number, action: number, target: number) => void): void;
  /** Forgets running episodes, whose ends are not observed. */
  forget(): void;
}

/** Parts that an algorithm's update is made from. */
export interface TablePlan {
  readonly context: AgentContext<TabularSettings>;
  readonly table: QTable;
  readonly actor: TableActor;
}

/** Base class of tabular agents. */
export abstract class TabularAgent extends AgentBase<TabularSettings> {
  readonly #table: QTable;

  /** @param plan function that makes the algorithm's update */
  protected constructor(context: AgentContext<TabularSettings>, plan: (plan: TablePlan) => TableUpdate) {
    const { encoder, metrics, settings } = context;
    const { states } = encoder as StateEncoder;
    const table = planTable(context, states);
    const actor = new TableActor(context, table);
    metrics.compute("absTdError", () => table.last[0]);
    metrics.compute("stepSize", () => table.last[1]);
    metrics.compute("epsilon", () => context.now(settings.epsilon));
    metrics.show(["absTdError", "stepSize", "epsilon"]);
    super(context, {
      actor,
      models: [],
      tables: [table],
      remembers: null,
      plan: () => onlineLearner(context, table, plan({ context, table, actor })),
    });
    this.#table = table;
  }

  /** Current probability of a random action. */
  get epsilon(): number {
    return this.context.now(this.settings.epsilon);
  }

  /**
   * Returns the greedy action, the first one of largest value; with `explore`, an epsilon-greedy action.
   * @param observation a value of the observation space
   */
  override act(observation: SpaceValue, options?: ActOptions): number {
    return super.act(observation, options) as number;
  }

  override actBatch(observations: ArrayLike<SpaceValue>, options?: ActBatchOptions, actions?: ActionRows): Int32Array {
    return super.actBatch(observations, options, actions) as Int32Array;
  }

  /** Returns Q(observation, action), one number per action. */
  qValues(observation: SpaceValue): Float64Array {
    const [state] = this.encode("qValues", observation).observation;
    const from = state * this.#table.actions;
    return this.#table.values.slice(from, from + this.#table.actions);
  }
}

/** Opens the context of a tabular agent, whose observations are numbers of states. */
export function openTable(
  agentClass: { readonly name: string; readonly about: TabularAbout },
  workplace: Workplace,
  options: TabularOptions,
): AgentContext<TabularSettings> {
  return open<TabularSettings>(agentClass, workplace, options, (where, space) => new StateEncoder(where, space));
}

/** Makes the table. @throws RangeError for too many entries; CheckpointError when the file has another number of entries */
function planTable({ actions, file, name, settings }: AgentContext<TabularSettings>, states: number): QTable {
  const entries = states * actions.options;
  if (entries > MAX_ENTRIES) {
    throw new RangeError(
      `${name}: table expected at most ${MAX_ENTRIES} entries, got ${states} states x ${actions.options} actions. Use DQN.`,
    );
  }
  file?.tensor("q", Float64Array, entries);
  return new QTable(states, actions.options, settings.stepSize, settings.initialValue);
}

/** Makes a learner that learns from every step at once. */
function onlineLearner(context: AgentContext<TabularSettings>, table: QTable, update: TableUpdate): Learner {
  const experience = new OnlineExperience(context, table, update);
  return {
    experience,
    expecting: null,
    due: () => 0,
    mostDue: 0,
    updateOnce: () => false,
    parts: [experience, update],
  };
}

class OnlineExperience implements Experience {
  readonly size = 0;
  readonly capacity = 0;
  readonly bytes = 0;
  turn = 0;
  readonly #environments: number;
  readonly #update: TableUpdate;
  readonly #move: (state: number, action: number, target: number) => void;
  readonly #step: TableStep = {
    environment: 0,
    state: 0,
    action: 0,
    reward: 0,
    nextState: 0,
    terminated: false,
    truncated: false,
  };

  constructor({ counters, environments }: AgentContext<TabularSettings>, table: QTable, update: TableUpdate) {
    this.#environments = environments;
    this.#update = update;
    this.#move = (state, action, target) => {
      table.move(state, action, target);
      counters.updates++;
    };
  }

  add(rows: StepRows): void {
    const step = this.#step;
    for (let row = 0; row < rows.rows; row++) {
      if (rows.skip !== null && rows.skip[row] !== 0) continue;
      step.environment = (rows.first + row) % this.#environments;
      step.state = rows.observation[row];
      step.action = rows.action[row];
      step.reward = rows.reward[row];
      step.nextState = rows.next[row];
      step.terminated = rows.terminated[row] !== 0;
      step.truncated = rows.truncated[row] !== 0;
      this.#update.learnFrom(step, this.#move);
    }
    this.turn = (rows.first + rows.rows) % this.#environments;
  }

  forget(): void {
    this.#update.forget();
  }

  check(from: CheckpointReader): void {
    this.#readTurn(from);
  }

  load(from: CheckpointReader): void {
    this.turn = this.#readTurn(from);
  }

  save(to: CheckpointWriter): void {
    if (to.contents === "run" && this.turn > 0) to.put("turn", this.turn);
  }

  /** @returns number of the environment whose step comes next; 0, between whole steps, when the file has none */
  #readTurn(from: CheckpointReader): number {
    if (from.contents !== "run" || from.data("turn") === undefined) return 0;
    return from.count("turn", this.#environments - 1);
  }
}
