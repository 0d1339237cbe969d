// Acting for callers who own their loop: observations are checked and encoded into rows, the actor chooses, and choices become
// values of the action space. Input is one observation, a batch, or the rows of a vector environment. After construction only
// returned actions are allocated.

import type { ActBatchOptions, ActionValue, ActOptions } from "../agent.ts";
import { rejectUnknownOptions, StateError, show } from "../errors.ts";
import { readActionMask } from "../experience/action-mask.ts";
import { type ActingRows, type ActingStreams, type Choice, planChoice } from "../experience/actor.ts";
import { requireLength } from "../experience/transition-check.ts";
import { flatSize, type SpaceValue } from "../space.ts";
import type { AgentContext } from "./context.ts";
import type { Policy } from "./evaluation.ts";
import type { Composition, Learner } from "./learner.ts";

/** Actions for several observations: one integer each for Discrete, otherwise one row of numbers each. */
export type ActionRows = Int32Array | Float32Array;

const ACT_OPTIONS = ["explore", "mask", "episodeStart", "into"];
const BATCH_OPTIONS = ["explore", "masks", "episodeStarts"];
const START = [true];
const EPISODE_START: ActOptions = { episodeStart: true };

/** Acting rows, filled anew for every call. */
interface Rows extends ActingRows {
  observation: Float32Array;
  rows: number;
  first: number;
  mask: Float32Array | null;
  starts: ArrayLike<number | boolean> | null;
  streams: ActingStreams | null;
}

/** Turns observations into actions. */
export class Decisions {
  readonly #context: AgentContext;
  readonly #composition: Composition;
  readonly #learner: () => Learner | null;
  readonly #rows: Rows;
  /** Observations of one row, and of many rows: separate arrays, since networks take one row without a copy. */
  readonly #single: Float32Array;
  readonly #many: Float32Array;
  readonly #masks: Float32Array;
  readonly #plain: Choice;
  readonly #remembering: Choice;

  /** @param learner returns the learner, planned now if it must remember exploring choices; null if it is not yet planned */
  constructor(context: AgentContext, composition: Composition, learner: () => Learner | null) {
    const { actRows, actions, encoder } = context;
    this.#context = context;
    this.#composition = composition;
    this.#learner = learner;
    this.#masks = new Float32Array(actRows * actions.options);
    this.#single = new Float32Array(encoder.size);
    this.#many = new Float32Array(actRows * encoder.size);
    this.#rows = {
      rows: 0,
      first: 0,
      observation: this.#single,
      mask: null,
      starts: null,
      streams: null,
    };
    const planned = planChoice(actRows, actions.size);
    const columns = Object.entries(composition.remembers ?? {});
    this.#plain = { ...planned, remembered: null };
    this.#remembering = {
      ...planned,
      remembered: Object.fromEntries(columns.map(([name, n]) => [name, new Float32Array(actRows * n)])),
    };
  }

  /** @param streams memories of a recurrent policy for greedy choices. Default: null, the memories of `act`. */
  act(observation: SpaceValue, options?: ActOptions, streams: ActingStreams | null = null): ActionValue {
    // Not rejectUnknownOptions: for-in lists the names without allocating.
    for (const name in options) if (!ACT_OPTIONS.includes(name)) rejectUnknownOptions("act", options, ACT_OPTIONS);
    const rows = this.encode("act", observation);
    if (options?.mask !== undefined) this.#readMask("act", options.mask, 0);
    const into = options?.into === undefined ? null : this.#requireRoom(options.into);
    rows.streams = streams;
    const choice = options?.explore === true ? this.#explore() : this.#greedy(0, options?.episodeStart ? START : null);
    const { size, space } = this.#context.actions;
    if (space.kind === "discrete") return space.start + choice.given[0];
    const action = into ?? new Float32Array(size);
    for (let c = 0; c < size; c++) action[c] = choice.given[c];
    return action;
  }

  actBatch(observations: ArrayLike<SpaceValue>, options: ActBatchOptions, given: ActionRows | undefined): ActionRows {
    for (const name in options) {
      if (!BATCH_OPTIONS.includes(name)) rejectUnknownOptions("actBatch", options, BATCH_OPTIONS);
    }
    const { explore = false, masks, episodeStarts } = options;
    const { actRows, actions, encoder, environments } = this.#context;
    const count = observations.length;
    if (explore && this.#composition.remembers !== null && count !== environments) {
      throw new RangeError(
        `actBatch: observations expected ${environments}, one per environment, to explore with, got ${count}. Observe what follows before the next call.`,
      );
    }
    if (explore) requireWholeStep("actBatch", environments, this.#learner());
    if (given !== undefined) requireLength("actBatch", "actions", given, count * actions.size);
    const rows = this.#rows;
    rows.streams = null;
    rows.observation = this.#many;
    // All observations are checked first, so that a wrong one changes nothing.
    for (let i = 0; count > actRows && i < count; i++) {
      encoder.encode("actBatch", `observations[${i}]`, observations[i], rows.observation);
      if (masks?.[i] !== undefined) readActionMask("actBatch", actions, masks[i], this.#masks, 0);
    }
    const written = given ?? this.#freshActions(count);
    for (let from = 0; from < count; from += actRows) {
      rows.rows = Math.min(actRows, count - from);
      rows.mask = null;
      for (let i = 0; i < rows.rows; i++) {
        encoder.encode(
          "actBatch",
          `observations[${from + i}]`,
          observations[from + i],
          rows.observation,
          i * encoder.size,
        );
        if (masks !== undefined) this.#readMask("actBatch", masks[from + i], i);
      }
      const choice = explore ? this.#explore(from) : this.#greedy(from, episodeStarts ?? null);
      this.#handOut(choice, rows.rows, from, written);
    }
    return written;
  }

  actRows(observations: Float32Array, actions: ActionRows): void {
    const { encoder, environments, observationSpace, actions: encoded } = this.#context;
    requireLength("actRows", "observations", observations, environments * flatSize(observationSpace));
    requireLength("actRows", "actions", actions, environments * encoded.size);
    requireWholeStep("actRows", environments, this.#learner());
    const rows = this.#rows;
    rows.observation = this.#many;
    for (let e = 0; e < environments; e++) {
      encoder.encodeRow("actRows", observations, e, rows.observation, e * encoder.size);
    }
    rows.rows = environments;
    rows.mask = null;
    this.#handOut(this.#explore(), environments, 0, actions);
  }

  /** Encodes one observation, to be acted on without a mask. */
  encode(where: string, observation: SpaceValue): Rows {
    const rows = this.#rows;
    this.#context.encoder.encode(where, "observation", observation, this.#single);
    rows.observation = this.#single;
    rows.rows = 1;
    rows.first = 0;
    rows.mask = null;
    rows.starts = null;
    rows.streams = null;
    return rows;
  }

  /** Makes exploring choices for rows of all environments. The experience remembers them if learning needs to know them. */
  choose(rows: ActingRows): Choice {
    const learner = this.#learner();
    const expecting = learner?.expecting ?? null;
    const isRemembered = expecting?.hasRoomFor(rows.rows) === true;
    const choice = isRemembered ? this.#remembering : this.#plain;
    this.#composition.actor.choose(rows, true, choice);
    if (isRemembered) expecting.expect(rows, choice);
    return choice;
  }

  /** Returns the greedy policy, with memories separate from those of `act`. @param check called before every decision */
  greedyPolicy(check: () => void): Policy {
    const streams = this.#composition.actor.createStreams?.() ?? null;
    return (observation, episodeStart) => {
      check();
      return this.act(observation, episodeStart ? EPISODE_START : undefined, streams);
    };
  }

  #explore(from: number = 0): Choice {
    const rows = this.#rows;
    rows.first = (this.#learner()?.experience.turn ?? 0) + from;
    rows.starts = null;
    rows.streams = null;
    return this.choose(rows);
  }

  #greedy(first: number, starts: ArrayLike<number | boolean> | null): Choice {
    const rows = this.#rows;
    rows.first = first;
    rows.starts = starts;
    this.#composition.actor.choose(rows, false, this.#plain);
    return this.#plain;
  }

  #readMask(where: string, mask: ArrayLike<number | boolean> | undefined, row: number): void {
    readActionMask(where, this.#context.actions, mask, this.#masks, row);
    this.#rows.mask = this.#masks;
  }

  #requireRoom(into: Float32Array): Float32Array {
    const { size, space } = this.#context.actions;
    if (space.kind !== "discrete" && into instanceof Float32Array && into.length === size) return into;
    const expected =
      space.kind === "discrete" ? "none, since actions are numbers" : `a Float32Array of ${size} numbers`;
    throw new TypeError(`act: into expected ${expected}, got ${show(into)}. Leave it out for a fresh action.`);
  }

  #freshActions(count: number): ActionRows {
    const { size, space } = this.#context.actions;
    return space.kind === "discrete" ? new Int32Array(count) : new Float32Array(count * size);
  }

  /** Copies the chosen actions into `written`, beginning at index `first`. */
  #handOut(choice: Choice, rows: number, first: number, written: ActionRows): void {
    const { size, space } = this.#context.actions;
    const start = space.kind === "discrete" ? space.start : 0;
    for (let k = 0; k < rows * size; k++) written[first * size + k] = start + choice.given[k];
  }
}

/** Checks that no step is only partly observed: choices would belong to wrong environments. @throws StateError when one is */
export function requireWholeStep(where: string, environments: number, learner: Learner | null): void {
  const observed = learner?.experience.turn ?? 0;
  if (observed === 0) return;
  throw new StateError(
    `${where}: transitions expected whole steps of ${environments} environments, got a step of which ${observed} are observed. Observe the others first.`,
  );
}
