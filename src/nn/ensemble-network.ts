// Several value functions in one (bootstrapped DQN, Osband et al. 2016, https://arxiv.org/abs/1602.04621): K members share
// the hidden layers and have outputs of their own. To each is added a fixed random function, its prior (Osband et al. 2018,
// https://arxiv.org/abs/1806.03335, section 3):
//
//   Q_k(x, a) = f_k(x, a) + scale p_k(x, a)        f is trained, p is not; output unit = action x K + member
//
// Where nothing was learned the members differ as their priors do, and some hope; where much was, they agree.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import { Network, type NetworkKind, type NetworkOptions, networkSpecs, type Workspace } from "./network.ts";
import type { ValueNetwork, ValueWorkspace } from "./value-network.ts";

export interface EnsembleOptions {
  /** Value functions, the papers' K. [10; Osband et al. 2016] */
  readonly members: number;
  /** What the priors are multiplied by, 2018's beta; 0: no priors. [3; bsuite's agent, https://arxiv.org/abs/1908.03568] */
  readonly priorScale: number;
}

export interface EnsembleKind extends Required<Pick<NetworkKind, "dueling" | "image">> {
  readonly ensemble: EnsembleOptions;
}

export interface EnsembleWorkspace extends ValueWorkspace {
  readonly trained: Workspace;
  readonly prior: Workspace;
}

/** The trained parameters of a network, without planning it. */
export function ensembleSpecs(
  inputs: number,
  outputs: number,
  options: NetworkOptions,
  { ensemble, dueling, image }: EnsembleKind,
): ParameterSpec[] {
  return networkSpecs(inputs, outputs, options, { dueling, image, atoms: ensemble.members });
}

export class EnsembleNetwork implements ValueNetwork {
  readonly specs: readonly ParameterSpec[];
  readonly parameters: Parameters;
  readonly fixed: Parameters;
  readonly #backend: Backend;
  readonly #scale: number;
  readonly #trained: Network;
  readonly #prior: Network;

  /** @param outputs actions */
  constructor(backend: Backend, inputs: number, outputs: number, options: NetworkOptions, kind: EnsembleKind) {
    const { ensemble, dueling, image } = kind;
    const { members: atoms, priorScale } = ensemble;
    this.#backend = backend;
    this.#scale = priorScale;
    this.#trained = new Network(backend, inputs, outputs, options, { dueling, image, atoms });
    // Weights for ReLU and no biases: with PyTorch's start, biases outweigh what an observation of few numbers that are not
    // 0 says, and a prior is nearly the same everywhere.
    this.#prior = new Network(
      backend,
      inputs,
      outputs,
      { ...options, initializer: "kaiming-uniform" },
      { image, atoms },
    );
    this.specs = this.#trained.specs;
    this.parameters = this.#trained.parameters;
    this.fixed = this.#prior.parameters;
  }

  /** Draws what is trained, then the priors. */
  initialize(stream: RandomStream): void {
    this.#trained.initialize(stream);
    this.#prior.initialize(stream);
  }

  /** Nothing in a pass is random. */
  resample(): void {}

  quiet(): void {}

  workspace(rows: number, training: boolean, hidden?: EnsembleWorkspace): EnsembleWorkspace {
    const trained = this.#trained.workspace(rows, training, hidden?.trained);
    return { rows, output: trained.output, trained, prior: this.#prior.workspace(rows, false, trained) };
  }

  /** @returns workspace.output, its first `rows` rows written */
  forward(x: Tensor, workspace: EnsembleWorkspace, rows: number = workspace.rows): Tensor {
    // First the prior, whose hidden layers lie where the trained ones will.
    const prior = this.#prior.forward(x, workspace.prior, rows);
    const output = this.#trained.forward(x, workspace.trained, rows);
    this.#backend.rows.addScaled(rows, prior, this.#scale, output);
    return output;
  }

  backward(x: Tensor, workspace: EnsembleWorkspace, dOutput: Tensor, gradients: Parameters): void {
    this.#trained.backward(x, workspace.trained, dOutput, gradients);
  }
}
