// Acting by action values: greedily the action of largest value; exploring, an action that may be random: by epsilon, by a
// softmax of the values, by noise in the weights, or by one member of an ensemble; uniformly random during warm-up.
//
// Random numbers are drawn row by row: one for epsilon, one more for a random action. Then, if any row is left to the values,
// those of noise and softmax are drawn.

import type { Backend } from "../../backend.ts";
import { ActingInput } from "../../experience/acting-input.ts";
import { allowedAction, countAllowed } from "../../experience/action-mask.ts";
import type { ActingRows, Actor, Choice } from "../../experience/actor.ts";
import type { RunningNormalizer } from "../../experience/running-normalizer.ts";
import { damaged } from "../../formats/checkpoint.ts";
import type { CheckpointReader, CheckpointWriter } from "../../formats/checkpoint-part.ts";
import type { GraphWriter, Network, Pass } from "../../nn/module.ts";
import type { RandomStream, Tensor } from "../../operations/handles.ts";
import type { AgentContext } from "../../training/context.ts";
import type { Schedule } from "../../training/schedule.ts";
import type { PlannedMembers, PlannedValues, ValueHead } from "./value-head.ts";

/** Exploration of an actor by values. */
export interface ValueExploration {
  /** Probability of a uniformly random action, in 0 .. 1. */
  readonly epsilon: Schedule;
  /** Environment steps at the beginning of a run during which all exploring actions are random. */
  readonly warmupSteps: number;
  /** Temperature of the softmax that actions are drawn from; null: the action of largest value is taken. */
  readonly boltzmann: Schedule | null;
}

/** Resolution of epsilon: whole numbers below this one are drawn. */
const DRAWS = 16_777_216;

/** Mark in a row of choices: the action is left to the values. */
const UNDECIDED = -1;

/** Actor that chooses by the values of a network. */
export class ValueActor implements Actor {
  readonly #context: AgentContext;
  readonly #backend: Backend;
  readonly #network: Network;
  readonly #head: ValueHead;
  readonly #exploration: ValueExploration;
  readonly #stream: RandomStream;
  /** Random stream of noisy layers and ensembles; null without them. */
  readonly #noise: RandomStream | null;
  readonly #actions: number;
  readonly #input: ActingInput;
  readonly #pass: Pass;
  readonly #values: PlannedValues;
  readonly #members: Members | null;
  readonly #maskRow: Float32Array;
  readonly #mask: Tensor;

  /**
   * @param network the acting network
   * @param normalizer normalizer of the observations; null: none. Default: null.
   */
  constructor(
    context: AgentContext,
    network: Network,
    head: ValueHead,
    exploration: ValueExploration,
    normalizer: RunningNormalizer | null = null,
  ) {
    const { acting, actions, actRows, encoder, environments } = context;
    this.#context = context;
    this.#backend = acting;
    this.#network = network;
    this.#head = head;
    this.#exploration = exploration;
    this.#stream = context.stream("exploration");
    const isNoisy = network.resample !== undefined || head.planMembers !== undefined;
    this.#noise = isNoisy ? context.stream("noise") : null;
    this.#actions = actions.options;
    this.#input = new ActingInput(acting, actRows, encoder.size, normalizer);
    this.#pass = network.plan({ rows: actRows, x: this.#input.tensor });
    this.#values = head.planValues(acting, this.#pass);
    this.#members =
      head.planMembers === undefined
        ? null
        : new Members(head.planMembers(acting, this.#pass), head.members ?? 1, environments, actRows);
    this.#maskRow = new Float32Array(actions.options);
    this.#mask = acting.tensor(1, actions.options);
    this.forget();
  }

  choose(rows: ActingRows, explore: boolean, choice: Choice): void {
    const { rows: n } = rows;
    const { action, given } = choice;
    const undecided = explore ? this.#chooseRandomly(rows, action) : leaveToValues(n, action);
    if (undecided > 0) {
      const q = this.#forward(rows, explore);
      for (let row = 0; row < n; row++) {
        if (action[row] === UNDECIDED) action[row] = this.#chooseByValue(row, q, rows.mask, explore);
      }
    }
    for (let row = 0; row < n; row++) given[row] = action[row];
  }

  /** Draws the rows with random actions, and these actions. @returns number of rows that are left to the values */
  #chooseRandomly({ rows, mask }: ActingRows, action: Float32Array): number {
    const { random } = this.#backend;
    const { epsilon, warmupSteps } = this.#exploration;
    const isWarmup = this.#context.counters.envSteps < warmupSteps;
    let undecided = 0;
    for (let row = 0; row < rows; row++) {
      // Whole numbers are drawn, since a fraction returned from a call may be a heap object.
      const isRandom = random.index(this.#stream, DRAWS) < this.#context.nowAt(epsilon)[0] * DRAWS || isWarmup;
      if (isRandom) action[row] = this.#randomAction(row, mask);
      else {
        action[row] = UNDECIDED;
        undecided++;
      }
    }
    return undecided;
  }

  /** Draws an action uniformly from all actions, or from those that the mask allows. */
  #randomAction(row: number, mask: Float32Array | null): number {
    const { random } = this.#backend;
    const n = this.#actions;
    if (mask === null) return random.index(this.#stream, n);
    return allowedAction(mask, row, n, random.index(this.#stream, countAllowed(mask, row, n)));
  }

  /** Computes the values to choose by; exploring, with the noise or the member of the environment. */
  #forward(rows: ActingRows, explore: boolean): Tensor {
    const network = this.#network;
    if (explore && this.#noise !== null) network.resample?.(this.#noise);
    else network.withoutNoise?.();
    this.#input.write(rows);
    this.#pass.forward(rows.rows);
    if (explore && this.#members !== null) return this.#members.forward(rows);
    this.#values.forward(rows.rows);
    return this.#values.q;
  }

  /** Returns the action of largest value, or one drawn from the softmax of the values. */
  #chooseByValue(row: number, q: Tensor, mask: Float32Array | null, explore: boolean): number {
    const { random, rows: arithmetic } = this.#backend;
    const { boltzmann } = this.#exploration;
    const allowed = mask === null ? null : this.#writeMask(row, mask);
    if (!explore || boltzmann === null) return arithmetic.argmax(row, q, allowed);
    return random.categorical(this.#stream, row, q, this.#context.nowAt(boltzmann)[0], allowed);
  }

  #writeMask(row: number, mask: Float32Array): Tensor {
    const maskRow = this.#maskRow;
    for (let a = 0, from = row * maskRow.length; a < maskRow.length; a++) maskRow[a] = mask[from + a];
    this.#backend.write(this.#mask, maskRow);
    return this.#mask;
  }

  /** Returns the Q values without noise, one per action. */
  values(rows: ActingRows): Float32Array {
    const q = this.#forward(rows, false);
    return (this.#backend.read(q) as Float32Array).slice(0, this.#actions);
  }

  /** Adds greedy acting to a graph, with the output "qValues", without noise. */
  describe(graph: GraphWriter, observation: string): string {
    const { module, weights } = this.#network;
    const output = module.describe(graph, this.#input.describe(graph, observation), this.#backend, weights);
    const q = this.#head.describe?.(graph, output) ?? output;
    graph.output("qValues", q, this.#actions);
    return graph.argmax(q, [this.#actions]);
  }

  stepTaken(environment: number, ended: boolean): void {
    if (ended) this.#drawMember(environment);
  }

  forget(): void {
    for (let e = 0; e < this.#context.environments; e++) this.#drawMember(e);
  }

  #drawMember(environment: number): void {
    if (this.#noise !== null) this.#members?.draw(this.#backend, this.#noise, environment);
  }

  check(from: CheckpointReader): void {
    if (from.contents === "run") this.#members?.read(from);
  }

  load(from: CheckpointReader): void {
    if (from.contents === "run") this.#members?.load(from);
  }

  save(to: CheckpointWriter): void {
    if (to.contents === "run") this.#members?.save(to);
  }
}

function leaveToValues(rows: number, action: Float32Array): number {
  for (let row = 0; row < rows; row++) action[row] = UNDECIDED;
  return rows;
}

/** The exploring member of an ensemble in every environment. */
class Members {
  readonly #planned: PlannedMembers;
  readonly #count: number;
  readonly #ofEnvironment: Float32Array;
  readonly #ofRow: Float32Array;

  constructor(planned: PlannedMembers, count: number, environments: number, rows: number) {
    this.#planned = planned;
    this.#count = count;
    this.#ofEnvironment = new Float32Array(environments);
    this.#ofRow = new Float32Array(rows);
  }

  /** Draws the member of an environment anew, uniformly. */
  draw(backend: Backend, stream: RandomStream, environment: number): void {
    this.#ofEnvironment[environment] = backend.random.index(stream, this.#count);
  }

  forward({ rows, first }: ActingRows): Tensor {
    const members = this.#ofEnvironment;
    for (let row = 0; row < rows; row++) this.#ofRow[row] = members[(first + row) % members.length];
    this.#planned.forward(rows, this.#ofRow);
    return this.#planned.q;
  }

  /** Reads the members from a file. @throws CheckpointError unless there is one for every environment */
  read(from: CheckpointReader): number[] {
    const saved = from.data("member");
    const members: unknown[] = Array.isArray(saved) ? saved : [saved];
    const { length } = this.#ofEnvironment;
    const isMember = (member: unknown): member is number =>
      Number.isInteger(member) && (member as number) >= 0 && (member as number) < this.#count;
    if (members.length === length && members.every(isMember)) return members;
    throw damaged("member", `${length === 1 ? "one" : `${length} of them`} below ${this.#count}`, saved);
  }

  load(from: CheckpointReader): void {
    this.#ofEnvironment.set(this.read(from));
  }

  /** Writes a number for a single environment, a list for several. */
  save(to: CheckpointWriter): void {
    const members = Array.from(this.#ofEnvironment);
    to.put("member", members.length === 1 ? members[0] : members);
  }
}
