// Acting by a policy: greedily the most probable action; exploring, an action drawn from the action distribution. For learning
// the actor also writes ln of the action's probability, the observation's value, and a recurrent policy's state before the step.

import type { Backend } from "../../backend.ts";
import { exp } from "../../engine/math.ts";
import { ActingInput } from "../../experience/acting-input.ts";
import type { ActionEncoder } from "../../experience/action-encoder.ts";
import type { ActingRows, ActingStreams, Actor, Choice } from "../../experience/actor.ts";
import type { RunningNormalizer } from "../../experience/running-normalizer.ts";
import type { CheckpointReader, CheckpointWriter } from "../../formats/checkpoint-part.ts";
import type { GraphWriter } from "../../nn/module.ts";
import type { RandomStream, Tensor } from "../../operations/handles.ts";
import type { AgentContext } from "../../training/context.ts";
import { type ActorCriticNetworks, ActorCriticPass, type ActorCriticSettings } from "./actor-critic.ts";
import { ExplorationMatrices } from "./exploration-matrices.ts";
import { RecurrentStates, RecurrentStreams } from "./recurrent-states.ts";

/** Names of the numbers that acting remembers with an exploring choice, because learning needs them. */
export type PolicyMemory = "logProbability" | "value" | "state";

/** Distribution of actions as numbers: probabilities, or means and standard deviations for a Box. */
export type PolicyDescription =
  | { readonly probabilities: Float32Array }
  | { readonly mean: Float32Array; readonly deviation: Float32Array };

/** Actor that chooses by a policy. */
export class PolicyActor implements Actor {
  readonly #backend: Backend;
  readonly #actions: ActionEncoder;
  readonly #stream: RandomStream;
  readonly #networks: ActorCriticNetworks;
  readonly #input: ActingInput;
  readonly #pass: ActorCriticPass;
  /** States of a recurrent policy; null for other policies. */
  readonly #states: RecurrentStates | null;
  readonly #streams: RecurrentStreams | null;
  /** Matrices of state-dependent exploration; null if every action is drawn independently. */
  readonly #matrices: ExplorationMatrices | null;
  // Tensors of the acting rows.
  readonly #action: Tensor;
  readonly #squashed: Tensor | null;
  readonly #logProbability: Tensor;
  readonly #entropy: Tensor;
  readonly #mask: Tensor | null;
  readonly #maskRow: Float32Array;

  /** @param networks the acting networks */
  constructor(
    context: AgentContext<ActorCriticSettings>,
    networks: ActorCriticNetworks,
    normalizer: RunningNormalizer,
  ) {
    const { acting: backend, actRows: rows, actions, encoder, environments, settings } = context;
    this.#backend = backend;
    this.#actions = actions;
    this.#stream = context.stream("exploration");
    this.#networks = networks;
    this.#input = new ActingInput(backend, rows, encoder.size, normalizer);
    const { memory } = networks;
    this.#states =
      memory === null ? null : new RecurrentStates(backend, memory, environments, rows, this.#input.tensor);
    this.#streams = this.#states === null ? null : new RecurrentStreams(this, this.#states.units);
    const x = this.#states?.output ?? this.#input.tensor;
    this.#pass = new ActorCriticPass(backend, networks, { rows, x });
    this.#matrices = this.#planMatrices(settings, environments);
    this.#action = backend.tensor(rows, actions.size);
    this.#squashed = settings.distribution?.squashed ? backend.tensor(rows, actions.size) : null;
    this.#logProbability = backend.tensor(rows, 1);
    this.#entropy = backend.tensor(rows, 1);
    this.#mask = actions.options === 0 ? null : backend.tensor(rows, actions.options);
    this.#maskRow = new Float32Array(actions.options);
  }

  #planMatrices({ distribution, rolloutSteps }: ActorCriticSettings, environments: number): ExplorationMatrices | null {
    const { noise } = this.#pass.policy.head;
    if (noise === null || distribution?.type !== "gsde") return null;
    const periodSteps = Math.min(distribution.sampleEverySteps ?? rolloutSteps, rolloutSteps);
    return new ExplorationMatrices(this.#backend, this.#stream, noise, environments, periodSteps);
  }

  choose(rows: ActingRows, explore: boolean, choice: Choice): void {
    const backend = this.#backend;
    const { actionDistribution } = backend;
    const { distribution, policy, value } = this.#pass;
    const { rows: n } = rows;
    const { remembered } = choice;
    const matrices = explore ? this.#matrices : null;
    this.#show(rows, explore, remembered?.state ?? null);
    if (remembered === null) this.#pass.forwardPolicy(n);
    else this.#pass.forward(n);
    if (distribution.family === "categorical") distribution.mask = this.#writeMask(rows);
    actionDistribution.sample(explore && matrices === null ? this.#stream : null, n, distribution, this.#action);
    matrices?.explore(rows, policy.features, remembered !== null, this.#action);
    backend.latestRows(this.#action, n, choice.action);
    this.#presentAction(n, choice.action, choice.given);
    if (remembered === null) return;
    actionDistribution.evaluate(n, distribution, this.#action, this.#logProbability, this.#entropy);
    backend.latestRows(this.#logProbability, n, remembered.logProbability);
    backend.latestRows(value, n, remembered.value);
  }

  /** Writes the inputs of the networks: the observations, or a recurrent layer's states after them. */
  #show(rows: ActingRows, explore: boolean, remembered: Float32Array | null): void {
    this.#input.write(rows);
    if (this.#states === null) return;
    if (explore) this.#states.explore(rows, remembered);
    else this.#states.recall(rows, this.#streamsOf(rows), true);
  }

  /** @pre the policy is recurrent */
  #streamsOf({ streams }: ActingRows): RecurrentStreams {
    return (streams as RecurrentStreams | null) ?? this.#streams!;
  }

  #writeMask({ rows, mask }: ActingRows): Tensor | null {
    if (mask === null || this.#mask === null) return null;
    const maskRow = this.#maskRow;
    for (let row = 0; row < rows; row++) {
      for (let a = 0, from = row * maskRow.length; a < maskRow.length; a++) maskRow[a] = mask[from + a];
      this.#backend.write(this.#mask, maskRow, row);
    }
    return this.#mask;
  }

  /** Converts stored actions into the actions that environments receive, written into `given`. */
  present(rows: number, stored: Float32Array, given: Float32Array): void {
    if (this.#squashed !== null) this.#backend.write(this.#action, stored);
    this.#presentAction(rows, stored, given);
  }

  /** Converts the actions of the acting rows. Actions that tanh squashes are scaled to the range between their bounds. */
  #presentAction(rows: number, stored: Float32Array, given: Float32Array): void {
    const { space, size } = this.#actions;
    if (this.#squashed === null || space.kind !== "box") {
      this.#actions.present(rows, stored, given);
      return;
    }
    this.#backend.layers.activationForward(rows, this.#action, "tanh", this.#squashed);
    this.#backend.latestRows(this.#squashed, rows, given);
    for (let k = 0; k < rows * size; k++) {
      const low = space.low[k % size];
      const high = space.high[k % size];
      given[k] = Math.min(high, low + (0.5 * given[k] + 0.5) * (high - low));
    }
  }

  stepTaken(environment: number, ended: boolean): void {
    this.#states?.advance(environment, ended);
    this.#matrices?.advance(environment);
  }

  forget(): void {
    this.#states?.forget();
  }

  /** Called when a round of updates is over: the next choices begin a new rollout. */
  beginRollout(): void {
    this.#matrices?.restart();
  }

  createStreams(): ActingStreams {
    return this.#states === null ? { owner: this } : new RecurrentStreams(this, this.#states.units);
  }

  // --- value and distribution of an observation ----------------------------------------------------------------------

  /** Returns the value of an observation. A recurrent policy takes it as the next one after its last greedy observations. */
  value(rows: ActingRows): number {
    this.#look(rows);
    return this.#backend.latest(this.#pass.forwardValue(1), 0);
  }

  /** Returns the distribution of exploring actions for an observation. For a recurrent policy see `value`. */
  distribution(rows: ActingRows): PolicyDescription {
    this.#look(rows);
    this.#pass.forwardPolicy(1);
    const { distribution } = this.#pass;
    const numbers = (tensor: Tensor): Float32Array =>
      (this.#backend.read(tensor) as Float32Array).slice(0, tensor.columns);
    if (distribution.family === "gaussian") {
      return { mean: numbers(distribution.mean), deviation: numbers(distribution.logDeviation).map((s) => exp(s)) };
    }
    const logits = numbers(distribution.logits);
    if (distribution.family === "bernoulli") return { probabilities: logits.map((x) => 1 / (1 + exp(-x))) };
    return { probabilities: softmaxOfChoices(logits, this.#actions.choices) };
  }

  /**
   * Adds greedy acting to a graph. Further outputs are the parameters of the action distribution and "value". A recurrent
   * policy has the input "state" and the output "nextState".
   */
  describe(graph: GraphWriter, observation: string): string {
    const backend = this.#backend;
    const { memory, policy, value } = this.#networks;
    const seen = this.#input.describe(graph, observation);
    const x = memory?.module.describe(graph, seen, backend, memory.weights) ?? seen;
    if (value !== null) graph.output("value", value.module.describe(graph, x, backend, value.weights), 1);
    const action = policy.module.describeActions(graph, x, backend, policy.weights);
    const { space } = this.#actions;
    const isSquashed = this.#squashed !== null && space.kind === "box";
    return this.#actions.describe(graph, isSquashed ? graph.squash(action, space.low, space.high) : action);
  }

  /** Writes an observation as the networks' input, without changing the memory of a stream. */
  #look(rows: ActingRows): void {
    this.#input.write(rows);
    this.#states?.recall(rows, this.#streamsOf(rows), false);
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  check(from: CheckpointReader): void {
    this.#states?.check(from);
    this.#matrices?.check(from);
  }

  load(from: CheckpointReader): void {
    this.#states?.load(from);
    this.#matrices?.load(from);
  }

  save(to: CheckpointWriter): void {
    this.#states?.save(to);
    this.#matrices?.save(to);
  }
}

/** Turns the logits of every choice into probabilities, in place. The options of a choice lie side by side. */
function softmaxOfChoices(logits: Float32Array, choices: readonly number[]): Float32Array {
  let start = 0;
  for (const n of choices) {
    const part = logits.subarray(start, start + n);
    const most = part.reduce((max, x) => Math.max(max, x));
    const weights = part.map((x) => exp(x - most));
    const sum = weights.reduce((total, weight) => total + weight);
    part.set(weights.map((weight) => weight / sum));
    start += n;
  }
  return logits;
}
