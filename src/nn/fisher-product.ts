// Products of a policy's Fisher information with directions v of its parameters, without the matrix (Schulman et al. 2015,
// https://arxiv.org/abs/1502.05477, appendix C.1): F v = J' M J v, averaged over observations. J v is a forward-mode pass
// through the network, M the small matrix of the actions' distribution, J' the backward pass. F is the second derivative of
// the mean divergence from the policy to one nearby: symmetric, never negative.

import type { Backend } from "../backend.ts";
import type { Parameters, Tensor } from "../operations/handles.ts";
import { NetworkTangent } from "./network-tangent.ts";
import type { PolicyNetwork, PolicyWorkspace } from "./policy-network.ts";

export class FisherProduct {
  readonly #backend: Backend;
  readonly #policy: PolicyNetwork;
  readonly #workspace: PolicyWorkspace;
  readonly #gradients: Parameters;
  readonly #tangent: NetworkTangent;
  readonly #direction: Parameters;
  readonly #headMoves: (rows: number, features: Tensor) => void;

  /**
   * @param policy without values
   * @param workspace of passes whose products are wanted
   * @param gradients those that it was planned with; overwritten
   */
  constructor(backend: Backend, policy: PolicyNetwork, workspace: PolicyWorkspace, gradients: Parameters) {
    this.#backend = backend;
    this.#policy = policy;
    this.#workspace = workspace;
    this.#gradients = gradients;
    this.#tangent = new NetworkTangent(backend, policy.network, workspace.rows);
    this.#direction = backend.parameters(policy.parameters.specs);
    this.#headMoves = workspace.head.planTangent(this.#direction);
  }

  /** Takes over the policy's parameters: once after they changed, before `multiply`. */
  hold(): void {
    this.#tangent.hold();
  }

  /**
   * product = F v, for the forward pass that the workspace holds; what lies beside the policy in `product` is 0 where it is 0
   * in `gradients`.
   * @param x [rows, inputs], what the pass saw
   * @param rows the first of them, over which F is averaged
   */
  multiply(x: Tensor, v: Parameters, product: Parameters, rows: number = this.#workspace.rows): void {
    const backend = this.#backend;
    const { network, distribution, dOutput } = this.#workspace;
    backend.vectors.copy(this.#direction, v);
    this.#tangent.forward(x, network, this.#direction, dOutput!, rows);
    this.#headMoves(rows, this.#policy.features(x, this.#workspace));
    backend.actionDistribution.fisherProduct(rows, distribution);
    this.#policy.backward(x, this.#workspace, this.#gradients, rows);
    backend.vectors.copy(product, this.#gradients);
  }
}
