// A language model of a few thousand weights: the networks of PPO, on what was written so far. It learns to write like a corpus
// by maximum likelihood, and tells how probable all tokens are after many beginnings at once. Its weights are PPO's own.

import type { Backend } from "../../../src/backend.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { encodeSafetensors } from "../../../src/formats/safetensors.ts";
import { flatSize, flatten, type NetworkOptions, Pcg64 } from "../../../src/index.ts";
import { createPolicyHead } from "../../../src/nn/action-distribution.ts";
import { ActorCritic, type ActorCriticWorkspace } from "../../../src/agents/policy-gradient/actor-critic.ts";
import { featureSize } from "../../../src/nn/network-options.ts";
import { createOptimizer, type Optimizer } from "../../../src/nn/optimizer.ts";
import { matchWeights, readStateDict } from "../../../src/nn/state-dict.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
import { parameterTensors } from "../../../src/training/parameter-tensors.ts";
import type { Language, Sentence } from "./language.ts";
import { type WritingSpaces, writingSpaces } from "./writing.ts";

/** Of the model that is trained and of the one that it starts from. */
export const NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "tanh",
  layerNorm: false,
  initializer: "orthogonal",
};

/** Beginnings that are looked at together. */
const ROWS = 4096;

export interface LikelihoodOptions {
  readonly epochs: number;
  /** Tokens per update, at most 4096. */
  readonly batchSize: number;
  readonly learningRate: number;
}

export class LanguageModel {
  readonly #backend: Backend = new WasmBackend();
  readonly #spaces: WritingSpaces;
  readonly #random: Pcg64;
  readonly #networks: ActorCritic;
  readonly #optimizer: Optimizer;
  readonly #space: ActorCriticWorkspace;
  readonly #input: Tensor;
  readonly #token: Tensor;
  readonly #logProbability: Tensor;
  readonly #entropy: Tensor;
  readonly #dLogProbability: Tensor;
  readonly #logProbabilities: Tensor;
  readonly #rows: Float32Array;

  /** @param seed of the weights it starts from, and of the order in which it learns */
  constructor(language: Language, seed: number) {
    const backend = this.#backend;
    this.#spaces = writingSpaces(language);
    this.#random = new Pcg64(seed);
    const { observationSpace, actionSpace } = this.#spaces;
    const inputs = flatSize(observationSpace);
    const head = createPolicyHead(actionSpace, null, featureSize(inputs, NETWORK));
    this.#networks = new ActorCritic(backend, { inputs, image: null, network: NETWORK, head, values: false });
    this.#networks.initialize(backend.random.stream(seed, "init"));
    this.#optimizer = createOptimizer(backend, this.#networks.specs, { type: "adam" });
    this.#space = this.#networks.workspace(ROWS, true);
    this.#input = backend.tensor(ROWS, inputs);
    this.#token = backend.tensor(ROWS, 1);
    this.#logProbability = backend.tensor(ROWS, 1);
    this.#entropy = backend.tensor(ROWS, 1);
    this.#dLogProbability = backend.tensor(ROWS, 1);
    this.#logProbabilities = backend.tensor(ROWS, actionSpace.n);
    this.#rows = new Float32Array(ROWS * inputs);
  }

  /**
   * Maximum likelihood: weights rise along the mean gradient of ln p(token | what is before it), over all tokens of the corpus.
   * @returns the mean of -ln p(token) by epoch, while it was learned
   */
  learn(corpus: readonly Sentence[], { epochs, batchSize, learningRate }: LikelihoodOptions): number[] {
    const places = corpus.flatMap((sentence) => sentence.map((_, t) => ({ sentence, t })));
    const most = Math.min(batchSize, ROWS);
    return Array.from({ length: epochs }, () => {
      this.#shuffle(places);
      let loss = 0;
      for (let first = 0; first < places.length; first += most) {
        loss += this.#descend(places.slice(first, first + most), learningRate);
      }
      return loss / places.length;
    });
  }

  /** @returns the sum of -ln p(token) */
  #descend(places: readonly { readonly sentence: Sentence; readonly t: number }[], learningRate: number): number {
    const backend = this.#backend;
    const { length: count } = places;
    const { distribution } = this.#space;
    this.#see(places.map(({ sentence, t }) => sentence.slice(0, t)));
    backend.write(
      this.#token,
      places.map(({ sentence, t }) => sentence[t]),
    );
    this.#networks.forward(this.#input, this.#space, count);
    backend.actionDistribution.evaluate(count, distribution, this.#token, this.#logProbability, this.#entropy);
    // What is minimised is the mean of -ln p. Values have no part in it: their gradient stays 0, and their weights as they are.
    backend.write(this.#dLogProbability, new Float32Array(count).fill(-1 / count));
    backend.actionDistribution.gradient(count, distribution, this.#token, this.#dLogProbability, 0);
    this.#networks.backward(this.#input, this.#space, count);
    this.#optimizer.step(this.#networks.parameters, this.#networks.gradients, learningRate);
    const logs = new Float32Array(count);
    backend.latestRows(this.#logProbability, count, logs);
    return logs.reduce((sum, value) => sum - value, 0);
  }

  /** ln p of all tokens after each beginning: one row each, written into `target` from row `first` on. */
  logProbabilities(beginnings: readonly Sentence[], target: Float32Array, first: number = 0): void {
    const backend = this.#backend;
    const { output: logits } = this.#space.policySpace;
    const { n: tokens } = this.#spaces.actionSpace;
    for (let from = 0; from < beginnings.length; from += ROWS) {
      const some = beginnings.slice(from, from + ROWS);
      this.#see(some);
      this.#networks.forwardPolicy(this.#input, this.#space, some.length);
      backend.rows.logSoftmax(some.length, logits, this.#logProbabilities);
      backend.latestRows(this.#logProbabilities, some.length, target, (first + from) * tokens);
    }
  }

  /** Writes beginnings of sentences as the networks see them. */
  #see(beginnings: readonly Sentence[]): void {
    const { observationSpace } = this.#spaces;
    const { columns } = this.#input;
    const places = observationSpace.nvec.length;
    const whole: number[] = new Array(places).fill(0);
    for (const [row, tokens] of beginnings.entries()) {
      for (let t = 0; t < places; t++) whole[t] = tokens[t] ?? 0;
      flatten(observationSpace, whole, this.#rows, row * columns);
    }
    this.#backend.write(this.#input, this.#rows.subarray(0, beginnings.length * columns));
  }

  /** Fisher-Yates. */
  #shuffle<Item>(list: Item[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#random.integers(0, i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /** As `PPO.importWeights` takes them. */
  exportWeights(): Uint8Array {
    return encodeSafetensors(parameterTensors(this.#backend, "", this.#networks.parameters), {});
  }

  /** As `PPO.exportWeights` gives them. */
  importWeights(bytes: Uint8Array): void {
    const { specs, parameters } = this.#networks;
    for (const [i, values] of matchWeights(specs, readStateDict(bytes), {}).entries()) {
      this.#backend.writeParameter(parameters, i, values);
    }
  }
}
