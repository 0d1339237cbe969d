// A language model of a few thousand weights: the networks of PPO, on what was written so far. It learns to write like a corpus
// by maximum likelihood, and tells how probable all tokens are after many beginnings at once. Its weights are PPO's own.

import {
  type ActorCriticModel,
  ActorCriticPass,
  networksOf,
} from "../../../src/agents/policy-gradient/actor-critic.ts";
import type { Backend } from "../../../src/backend.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { CheckpointWriter } from "../../../src/formats/checkpoint-part.ts";
import { encodeSafetensors } from "../../../src/formats/safetensors.ts";
import { flatSize, flatten, type NetworkOptions, Pcg64 } from "../../../src/index.ts";
import { createPolicyHead } from "../../../src/nn/action-distribution.ts";
import { Metrics } from "../../../src/nn/metrics.ts";
import { Model } from "../../../src/nn/model.ts";
import { featureSize, feedForward } from "../../../src/nn/network-options.ts";
import { policyModule } from "../../../src/nn/policy.ts";
import { matchWeights, readStateDict } from "../../../src/nn/state-dict.ts";
import type { Tensor } from "../../../src/operations/handles.ts";
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
  readonly #model: ActorCriticModel;
  readonly #pass: ActorCriticPass;
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
    const networks = {
      policy: policyModule({ inputs, image: null, network: NETWORK, head, values: false }),
      value: feedForward(inputs, 1, NETWORK),
    };
    const metrics = new Metrics(backend, "LanguageModel", { envSteps: 0, updates: 0 });
    const place = { backend, acting: backend, metrics, file: null };
    this.#model = new Model(place, { networks, optimizer: { type: "adam" }, maxGradientNorm: null });
    this.#model.initialize(backend.random.stream(seed, "init"));
    this.#input = backend.tensor(ROWS, inputs);
    const site = { rows: ROWS, x: this.#input, gradients: this.#model.gradients };
    this.#pass = new ActorCriticPass(backend, networksOf(this.#model), site);
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
    const { distribution } = this.#pass;
    this.#see(places.map(({ sentence, t }) => sentence.slice(0, t)));
    backend.write(
      this.#token,
      places.map(({ sentence, t }) => sentence[t]),
    );
    this.#pass.forward(count);
    backend.actionDistribution.evaluate(count, distribution, this.#token, this.#logProbability, this.#entropy);
    // What is minimised is the mean of -ln p. Values have no part in it: their gradient stays 0, and their weights as they are.
    backend.write(this.#dLogProbability, new Float32Array(count).fill(-1 / count));
    backend.actionDistribution.gradient(count, distribution, this.#token, this.#dLogProbability, 0);
    this.#pass.backward(count);
    this.#model.descend(learningRate);
    const logs = new Float32Array(count);
    backend.latestRows(this.#logProbability, count, logs);
    return logs.reduce((sum, value) => sum - value, 0);
  }

  /** ln p of all tokens after each beginning: one row each, written into `target` from row `first` on. */
  logProbabilities(beginnings: readonly Sentence[], target: Float32Array, first: number = 0): void {
    const backend = this.#backend;
    const { output: logits } = this.#pass.policy;
    const { n: tokens } = this.#spaces.actionSpace;
    for (let from = 0; from < beginnings.length; from += ROWS) {
      const some = beginnings.slice(from, from + ROWS);
      this.#see(some);
      this.#pass.forwardPolicy(some.length);
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
    const writer = new CheckpointWriter("policy");
    this.#model.save(writer);
    return encodeSafetensors(writer.tensors, {});
  }

  /** As `PPO.exportWeights` gives them. */
  importWeights(bytes: Uint8Array): void {
    this.#model.setWeights(matchWeights(this.#model.specsInFile, readStateDict(bytes), {}));
  }
}
