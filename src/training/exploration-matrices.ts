// Exploration that is a function of the state (gSDE, Raffin et al. 2021, https://arxiv.org/abs/2005.05719): the matrices that
// environments explore with, one each, and when they are drawn anew: with the first step of a rollout, and where the
// distribution says so every so many steps.

import type { Backend } from "../backend.ts";
import { type Checkpoint, type CheckpointTensor, damaged, requireTensor } from "../formats/checkpoint.ts";
import type { Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { StateNoise } from "../operations/state-noise.ts";
import { parameterSize, parameterTensors, readParameterTensors } from "./parameter-tensors.ts";
import { vectorTensor } from "./replay-tensors.ts";
import type { Rollout } from "./rollout.ts";

const PREFIX = "exploration.";

export class ExplorationMatrices {
  readonly #backend: Backend;
  readonly #stream: RandomStream;
  readonly #noise: StateNoise;
  /** One spec [features, dimensions] for each environment. */
  readonly #matrices: Parameters;
  readonly #periodSteps: number;
  /** Steps that each environment's matrix is still used for; with 0 the next choice draws one. */
  readonly #stepsLeft: Uint32Array;

  /**
   * @param stream what matrices are drawn from
   * @param noise of the policy that acts
   * @param periodSteps that a matrix is used for
   */
  constructor(backend: Backend, stream: RandomStream, noise: StateNoise, environments: number, periodSteps: number) {
    const [features] = noise.variances.specs[0].shape;
    const shape = [features, noise.logDeviation.columns] as const;
    const specs = Array.from({ length: environments }, (_, e) => ({ name: `matrix.${e}`, shape }));
    this.#backend = backend;
    this.#stream = stream;
    this.#noise = noise;
    this.#matrices = backend.parameters(specs);
    this.#periodSteps = periodSteps;
    this.#stepsLeft = new Uint32Array(environments);
  }

  /**
   * Adds exploration to the means in `action`.
   * @param features [rows, features] of the rows acted on
   * @param rollout where the actions are learned from: row i is of environment length + i modulo E; else of environment i, with
   *   the matrix that it used last
   */
  explore(rows: number, features: Tensor, rollout: Rollout<string> | null, action: Tensor): void {
    const { stateNoise } = this.#backend;
    const environments = this.#stepsLeft.length;
    const first = rollout === null ? 0 : rollout.length % environments;
    for (let i = 0; rollout !== null && i < rows; i++) {
      const e = (first + i) % environments;
      if (this.#stepsLeft[e] > 0) continue;
      stateNoise.draw(this.#stream, this.#noise, this.#matrices, e);
      this.#stepsLeft[e] = this.#periodSteps;
    }
    stateNoise.explore(rows, features, this.#matrices, first, action);
  }

  /** A step of the environment was observed. */
  advance(environment: number): void {
    if (this.#stepsLeft[environment] > 0) this.#stepsLeft[environment]--;
  }

  /** The next choices are a rollout's first. */
  restart(): void {
    this.#stepsLeft.fill(0);
  }

  // --- checkpoints ---------------------------------------------------------------------------------------------------

  save(): CheckpointTensor[] {
    const matrices = parameterTensors(this.#backend, PREFIX, this.#matrices);
    return [...matrices, vectorTensor(`${PREFIX}stepsLeft`, "U32", this.#stepsLeft.slice())];
  }

  /** The inverse of `save`. @throws CheckpointError when sizes or numbers do not fit; nothing is taken over then */
  restore(checkpoint: Checkpoint): void {
    const name = `${PREFIX}stepsLeft`;
    const left = requireTensor(checkpoint, name, Uint32Array, this.#stepsLeft.length);
    if (!left.every((steps) => steps <= this.#periodSteps)) {
      throw damaged(name, `at most ${this.#periodSteps} steps`, left);
    }
    for (const spec of this.#matrices.specs) {
      const numbers = requireTensor(checkpoint, PREFIX + spec.name, Float32Array, parameterSize(spec));
      // x - x is 0 for finite numbers only.
      if (!numbers.every((x) => x - x === 0)) throw damaged(PREFIX + spec.name, "finite numbers", numbers);
    }
    readParameterTensors(this.#backend, checkpoint, PREFIX, this.#matrices);
    this.#stepsLeft.set(left);
  }
}
