// A language model of a few thousand weights: the networks of PPO, whose input is the beginning of a sentence (the tokens
// written so far). It learns a corpus by maximum likelihood, and returns the probabilities of the next token after many
// beginnings at once. PPO can import its weights.

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

/** Network of the language model and of the policy that starts from its weights. */
export const NETWORK: NetworkOptions = {
  convolution: [],
  hidden: [64, 64],
  activation: "tanh",
  layerNorm: false,
  initializer: "orthogonal",
};

/** Number of beginnings in one forward pass. */
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

  /** @param seed seed of the initial weights and of the order of the training data */
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
   * Learns the corpus by maximum likelihood: gradient ascent on the mean of ln p(token | tokens before it), over all tokens.
   * @returns mean of -ln p(token) during each epoch
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

  /** Makes one update. @returns sum of -ln p(token) over the batch, before the update */
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
    // The loss is the mean of -ln p. Values do not occur in it: their gradient stays 0, and their weights do not change.
    backend.write(this.#dLogProbability, new Float32Array(count).fill(-1 / count));
    backend.actionDistribution.gradient(count, distribution, this.#token, this.#dLogProbability, 0);
    this.#pass.backward(count);
    this.#model.descend(learningRate);
    const logs = new Float32Array(count);
    backend.latestRows(this.#logProbability, count, logs);
    return logs.reduce((sum, value) => sum - value, 0);
  }

  /** Writes ln p of all tokens after each beginning into `target`, one row per beginning. @param first first row. Default: 0. */
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

  /** Writes beginnings of sentences into the input of the networks, in one-hot form. */
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

  /** Shuffles a list in place (Fisher-Yates). */
  #shuffle<Item>(list: Item[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#random.integers(0, i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /** Returns the weights in the form that `PPO.importWeights` reads. */
  exportWeights(): Uint8Array {
    const writer = new CheckpointWriter("policy");
    this.#model.save(writer);
    return encodeSafetensors(writer.tensors, {});
  }

  /** Reads weights in the form that `PPO.exportWeights` returns. */
  importWeights(bytes: Uint8Array): void {
    this.#model.setWeights(matchWeights(this.#model.specsInFile, readStateDict(bytes), {}));
  }
}
