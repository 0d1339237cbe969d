// Observing: transitions, or the rows of a vector environment, are checked, encoded, stored in the experience, and counted.
// Input that does not fit is refused before anything changes.

import type { Transition } from "../agent.ts";
import type { VectorStepResult } from "../env.ts";
import type { Actor } from "../experience/actor.ts";
import type { StepRows } from "../experience/experience.ts";
import { StepBuffer } from "../experience/step-buffer.ts";
import { requireLength, requireOutcome, requireReward } from "../experience/transition-check.ts";
import { flatSize, type SpaceValue } from "../space.ts";
import type { AgentContext } from "./context.ts";
import { type ActionRows, requireWholeStep } from "./decisions.ts";
import type { Learner } from "./learner.ts";

/** Takes observed steps into an agent's experience. */
export class Intake {
  readonly #context: AgentContext;
  readonly #actor: Actor;
  readonly #learner: () => Learner;
  readonly #buffer: StepBuffer;
  readonly #values: SpaceValue[] = [];
  /** Largest number of rows that are stored at once: whole steps. */
  readonly #capacity: number;

  /** @param learner returns the learner, which the first step plans */
  constructor(context: AgentContext, actor: Actor, learner: () => Learner) {
    const { actRows, actions, encoder, environments } = context;
    this.#context = context;
    this.#actor = actor;
    this.#learner = learner;
    this.#capacity = actRows - (actRows % environments);
    this.#buffer = new StepBuffer(this.#capacity, encoder.size, actions.size);
  }

  observe(transition: Transition): void {
    this.#write("observe", transition, 0, 0);
    this.#takeRows(this.#learner().experience.turn, 1);
  }

  observeBatch(given: ArrayLike<Transition> | Iterable<Transition>): void {
    const { environments } = this.#context;
    const transitions = "length" in given ? given : Array.from(given);
    const count = transitions.length;
    if (count % environments !== 0) {
      throw new RangeError(
        `observeBatch: transitions expected a multiple of the ${environments} environments, got ${count}. Give one per environment, in their order.`,
      );
    }
    requireWholeStep("observeBatch", environments, this.#learner());
    const capacity = this.#capacity;
    for (let i = 0; count > capacity && i < count; i++) this.#write("observeBatch", transitions[i], 0, i);
    for (let from = 0; from < count; from += capacity) {
      const rows = Math.min(capacity, count - from);
      for (let row = 0; row < rows; row++) this.#write("observeBatch", transitions[from + row], row, row);
      this.#takeRows(0, rows);
    }
  }

  observeRows(observations: Float32Array, actions: ActionRows, result: VectorStepResult): void {
    const where = "observeRows";
    const { actions: encoded, encoder, environments, observationSpace } = this.#context;
    const { reward, terminated, truncated } = result;
    requireLength(where, "observations", observations, environments * flatSize(observationSpace));
    requireLength(where, "actions", actions, environments * encoded.size);
    requireLength(where, "reward", reward, environments);
    requireLength(where, "terminated", terminated, environments);
    requireLength(where, "truncated", truncated, environments);
    requireWholeStep(where, environments, this.#learner());
    const buffer = this.#buffer;
    buffer.rows = environments;
    for (let e = 0; e < environments; e++) {
      encoded.encodeRow(where, actions, e, buffer.action);
      encoder.encodeRow(where, observations, e, buffer.observation, e * encoder.size);
      requireReward(where, e, reward[e]);
      buffer.reward[e] = reward[e];
      buffer.terminated[e] = terminated[e];
      buffer.truncated[e] = truncated[e];
      const next = buffer.hasEnded(e) ? result.finalObservation : result.observation;
      encoder.encodeRow(where, next, e, buffer.next, e * encoder.size);
      this.#check(where, e, e);
    }
    buffer.nextValues = null;
    this.#takeRows(0, environments);
  }

  /** Checks and encodes a transition. @param ahead number of rows before this one */
  #write(where: string, transition: Transition, row: number, ahead: number): void {
    const { actions, encoder } = this.#context;
    const buffer = this.#buffer;
    const { action, observation, nextObservation } = transition;
    actions.encode(where, action, buffer.action, row * actions.size);
    requireOutcome(where, transition);
    encoder.encode(where, "observation", observation, buffer.observation, row * encoder.size);
    encoder.encode(where, "nextObservation", nextObservation, buffer.next, row * encoder.size);
    buffer.reward[row] = transition.reward;
    buffer.terminated[row] = transition.terminated ? 1 : 0;
    buffer.truncated[row] = transition.truncated ? 1 : 0;
    buffer.nextValues = this.#values;
    this.#values[row] = nextObservation;
    buffer.rows = row + 1;
    this.#check(where, ahead, row);
  }

  #check(where: string, ahead: number, row: number): void {
    const { experience } = this.#learner();
    const buffer = this.#buffer;
    const { size } = this.#context.actions;
    for (let c = row * size; c < (row + 1) * size; c++) buffer.given[c] = buffer.action[c];
    experience.checkRow?.(where, ahead, buffer, row);
  }

  #takeRows(first: number, rows: number): void {
    const buffer = this.#buffer;
    buffer.first = first;
    buffer.rows = rows;
    this.#take(buffer);
  }

  /** Stores a step of the session's environments. */
  takeStep(step: StepRows): void {
    const { experience } = this.#learner();
    for (let row = 0; row < step.rows; row++) experience.checkRow?.("learn", row, step, row);
    this.#take(step);
  }

  /** Stores checked rows, and counts them. */
  #take(step: StepRows): void {
    const { counters, environments } = this.#context;
    this.#learner().experience.add(step);
    for (let row = 0; row < step.rows; row++) {
      const isReset = step.skip !== null && step.skip[row] !== 0;
      const ended = step.terminated[row] !== 0 || step.truncated[row] !== 0;
      if (!isReset) counters.envSteps++;
      if (!isReset && ended) counters.episodes++;
      this.#actor.stepTaken((step.first + row) % environments, ended || isReset);
    }
  }
}
