// The smallest agent there is, which tells what it was asked: to test what all agents have in common without an algorithm. An action
// is made of the observation's first numbers, counted round the options of a Discrete; exploring it is one more. Learning is
// counting, and an observation that begins with 666 is refused.

import type { ActingRows, ActingStreams, Actor, Choice } from "../../src/experience/actor.ts";
import type { Expecting, StepRows } from "../../src/experience/experience.ts";
import type { CheckpointReader, CheckpointWriter } from "../../src/formats/checkpoint-part.ts";
import type { Model } from "../../src/nn/model.ts";
import type { SpaceValue } from "../../src/space.ts";
import type { About } from "../../src/training/about.ts";
import { AgentBase } from "../../src/training/agent-base.ts";
import type { AgentContext } from "../../src/training/context.ts";
import type { Learner } from "../../src/training/learner.ts";
import { open } from "../../src/training/open.ts";
import { count, flag } from "../../src/training/options.ts";
import { type RunOptions, type RunSettings, runFields } from "../../src/training/run-options.ts";
import type { Workplace } from "../../src/workplace.ts";

export interface ProbeOptions extends RunOptions {
  /** Updates due after every step. [1] */
  readonly updatesPerStep?: number;
  /** Whether exploring choices are remembered. [false] */
  readonly remembers?: boolean;
  /** Rows that experience has room for. [1000] */
  readonly room?: number;
}

export interface ProbeSettings extends RunSettings {
  readonly updatesPerStep: number;
  readonly remembers: boolean;
  readonly room: number;
}

export type ProbeContext = AgentContext<ProbeSettings>;

/** A row as experience took it in. */
export interface TakenRow {
  readonly environment: number;
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly given: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly next: readonly number[];
  readonly skip: boolean;
  /** The next observation as the environment gave it. */
  readonly value?: SpaceValue;
}

/** Copies of a step's rows, which are overwritten by the next. */
export function rowsOf(step: StepRows, { actions, encoder, environments }: AgentContext): TakenRow[] {
  const part = (list: Float32Array, row: number, columns: number): number[] =>
    Array.from(list.subarray(row * columns, (row + 1) * columns));
  return Array.from({ length: step.rows }, (_, row) => ({
    environment: (step.first + row) % environments,
    observation: part(step.observation, row, encoder.size),
    action: part(step.action, row, actions.size),
    given: part(step.given, row, actions.size),
    reward: step.reward[row],
    terminated: step.terminated[row] !== 0,
    truncated: step.truncated[row] !== 0,
    next: part(step.next, row, encoder.size),
    skip: step.skip !== null && step.skip[row] !== 0,
    ...(step.nextValues !== null && { value: step.nextValues[row] }),
  }));
}

/** A call of `choose`. */
export interface ChosenRows {
  readonly rows: number;
  readonly first: number;
  readonly explore: boolean;
  readonly observation: readonly number[];
  readonly mask: readonly number[] | null;
  readonly starts: readonly unknown[] | null;
  readonly streams: ActingStreams | null;
  readonly isRemembered: boolean;
}

export class ProbeActor implements Actor {
  readonly calls: ChosenRows[] = [];
  readonly steps: { readonly environment: number; readonly ended: boolean }[] = [];
  forgotten = 0;
  readonly #context: AgentContext;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  choose(acting: ActingRows, explore: boolean, { action, given, remembered }: Choice): void {
    const { actions, encoder } = this.#context;
    const { rows, first, mask, starts, streams } = acting;
    const observation = Array.from(acting.observation.subarray(0, rows * encoder.size));
    this.calls.push({
      ...{ rows, first, explore, observation, streams, isRemembered: remembered !== null },
      mask: mask === null ? null : Array.from(mask.subarray(0, rows * actions.options)),
      starts: starts === null ? null : Array.from(starts),
    });
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < actions.size; c++) {
        const number = observation[row * encoder.size + c] + (explore ? 1 : 0);
        const n = actions.choices[c];
        action[row * actions.size + c] = n === undefined ? number : number % n;
        if (remembered !== null) remembered.number[row] = observation[row * encoder.size];
      }
    }
    actions.present(rows, action, given);
  }

  stepTaken(environment: number, ended: boolean): void {
    this.steps.push({ environment, ended });
  }

  forget(): void {
    this.forgotten++;
  }

  createStreams(): ActingStreams {
    return { owner: this };
  }

  check(from: CheckpointReader): void {
    from.count("forgotten");
  }

  load(from: CheckpointReader): void {
    this.forgotten = from.count("forgotten");
  }

  save(to: CheckpointWriter): void {
    to.put("forgotten", this.forgotten);
  }
}

export class ProbeExperience implements Expecting {
  readonly taken: TakenRow[] = [];
  readonly expected: number[][] = [];
  readonly bytes = 800;
  forgotten = 0;
  turn = 0;
  readonly #context: ProbeContext;

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  get size(): number {
    return this.taken.length;
  }

  get capacity(): number {
    return this.#context.settings.room;
  }

  hasRoomFor(rows: number): boolean {
    return this.size + rows <= this.capacity;
  }

  expect({ rows }: ActingRows, { given, remembered }: Choice): void {
    const numbers = remembered === null ? [] : remembered.number.subarray(0, rows);
    this.expected.push([...given.subarray(0, rows), ...numbers]);
  }

  checkRow(where: string, ahead: number, step: StepRows, row: number): void {
    if (!this.hasRoomFor(ahead + 1)) throw new RangeError(`${where}: no room for row ${ahead}`);
    const { size } = this.#context.encoder;
    if (step.observation[row * size] === 666) throw new RangeError(`${where}: row ${ahead} refused`);
  }

  add(step: StepRows): void {
    this.taken.push(...rowsOf(step, this.#context));
    this.turn = (step.first + step.rows) % this.#context.environments;
  }

  forget(): void {
    this.forgotten++;
  }

  check(from: CheckpointReader): void {
    from.count("taken");
  }

  load(): void {}

  save(to: CheckpointWriter): void {
    to.put("taken", this.taken.length);
  }
}

export class Probe extends AgentBase<ProbeSettings> {
  static override readonly about: About<ProbeOptions, ProbeSettings> = {
    name: "Probe",
    algorithm: "probe",
    summary: "tells what it was asked",
    actions: ["discrete", "multi-discrete", "multi-binary", "box"],
    learnsFrom: "steps",
    fields: {
      ...runFields({ totalSteps: 100 }),
      updatesPerStep: count(1, { min: 0 }),
      remembers: flag(false),
      room: count(1000),
    },
    presets: { "CartPole-v1": { source: "made up", options: { updatesPerStep: 2, environments: 3 } } },
  };

  readonly actor: ProbeActor;
  readonly experience: ProbeExperience;
  /** How often what learning needs was planned. */
  readonly planned: { count: number };

  constructor(workplace: Workplace, options: ProbeOptions = {}, models: (context: ProbeContext) => Model[] = () => []) {
    const context = open<ProbeSettings>(new.target, workplace, options);
    const { counters, metrics, settings } = context;
    const actor = new ProbeActor(context);
    const experience = new ProbeExperience(context);
    const planned = { count: 0 };
    metrics.compute("updates", () => counters.updates, true);
    metrics.compute("steps", () => counters.envSteps);
    metrics.show(["updates", "steps"]);
    super(context, {
      actor,
      models: models(context),
      remembers: settings.remembers ? { number: 1 } : null,
      plan: (): Learner => {
        planned.count++;
        return {
          experience,
          expecting: settings.remembers ? experience : null,
          due: (stepsBefore) => (counters.envSteps - stepsBefore) * settings.updatesPerStep,
          mostDue: settings.updatesPerStep * settings.environments,
          updateOnce: () => {
            if (experience.size === 0) return false;
            counters.updates++;
            return true;
          },
          parts: [experience],
        };
      },
    });
    this.actor = actor;
    this.experience = experience;
    this.planned = planned;
  }
}

/** A context as the probe's constructor opens it. */
export function probeContext(workplace: Workplace, options: ProbeOptions = {}): ProbeContext {
  return open<ProbeSettings>(Probe, workplace, options);
}
