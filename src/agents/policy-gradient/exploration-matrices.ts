// Exploration as a function of the state (gSDE, Raffin et al. 2021, https://arxiv.org/abs/2005.05719): one exploration matrix
// per environment. A matrix is drawn anew with the first step of a rollout and, if the distribution has a period, after so many
// steps.

import type { Backend } from "../../backend.ts";
import type { ActingRows } from "../../experience/actor.ts";
import { damaged } from "../../formats/checkpoint.ts";
import {
  type CheckpointPart,
  type CheckpointReader,
  type CheckpointWriter,
  requireFiniteNumbers,
} from "../../formats/checkpoint-part.ts";
import { loadParameters, parameterSize, saveParameters } from "../../nn/parameter-tensors.ts";
import type { Parameters, RandomStream, Tensor } from "../../operations/handles.ts";
import type { StateNoise } from "../../operations/state-noise.ts";

const PREFIX = "exploration.";
const STEPS_LEFT = `${PREFIX}stepsLeft`;

/** Exploration matrices of all environments. */
export class ExplorationMatrices implements CheckpointPart {
  readonly #backend: Backend;
  readonly #stream: RandomStream;
  readonly #noise: StateNoise;
  /** One spec [features, dimensions] for each environment. */
  readonly #matrices: Parameters;
  readonly #periodSteps: number;
  /** Remaining steps of each environment's matrix; at 0 the next choice draws a new matrix. */
  readonly #stepsLeft: Uint32Array;

  /**
   * @param stream random stream that draws the matrices
   * @param noise state noise of the acting policy
   * @param periodSteps number of steps that a matrix is used for
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
   * @param features [rows, features] features of the acting rows
   * @param isLearned true when the agent learns from these choices; false keeps the matrix that an environment used last
   */
  explore({ rows, first }: ActingRows, features: Tensor, isLearned: boolean, action: Tensor): void {
    const { stateNoise } = this.#backend;
    const environments = this.#stepsLeft.length;
    for (let i = 0; isLearned && i < rows; i++) {
      const e = (first + i) % environments;
      if (this.#stepsLeft[e] > 0) continue;
      stateNoise.draw(this.#stream, this.#noise, this.#matrices, e);
      this.#stepsLeft[e] = this.#periodSteps;
    }
    stateNoise.explore(rows, features, this.#matrices, first % environments, action);
  }

  /** Called when a step of the environment was observed. */
  advance(environment: number): void {
    if (this.#stepsLeft[environment] > 0) this.#stepsLeft[environment]--;
  }

  /** Called before the first choices of a rollout. */
  restart(): void {
    this.#stepsLeft.fill(0);
  }

  check(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    const left = this.#readStepsLeft(from);
    if (!left.every((steps) => steps <= this.#periodSteps)) {
      throw damaged(STEPS_LEFT, `at most ${this.#periodSteps} steps`, left);
    }
    for (const spec of this.#matrices.specs) {
      const name = PREFIX + spec.name;
      requireFiniteNumbers(name, from.tensor(name, Float32Array, parameterSize(spec)));
    }
  }

  load(from: CheckpointReader): void {
    if (from.contents !== "run") return;
    loadParameters(from, PREFIX, this.#backend, this.#matrices);
    this.#stepsLeft.set(this.#readStepsLeft(from));
  }

  save(to: CheckpointWriter): void {
    if (to.contents !== "run") return;
    saveParameters(to, PREFIX, this.#backend, this.#matrices);
    to.tensor(STEPS_LEFT, this.#stepsLeft.slice());
  }

  #readStepsLeft(from: CheckpointReader): Uint32Array {
    return from.tensor(STEPS_LEFT, Uint32Array, this.#stepsLeft.length);
  }
}
