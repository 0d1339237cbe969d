// TRPO, trust region policy optimisation (Schulman et al. 2015, https://arxiv.org/abs/1502.05477): every rollout gives one step
// of the policy, limited by its divergence from the policy that acted. The direction is the natural gradient s = F^-1 g, with g
// the gradient of the surrogate and F the Fisher information. The length sqrt(2 targetKl / s'F s) is shortened until the
// divergence is within its bound and the surrogate is better. The value network then learns for some epochs with its own
// optimizer.
//
// Letters: B transitions of a rollout, A advantages.

import type { PolicyPass } from "../../nn/policy.ts";
import type { Parameters, Tensor } from "../../operations/handles.ts";
import type { PolicyLoss } from "../../operations/policy-loss.ts";
import { SurrogateMetric } from "../../operations/policy-loss.ts";
import type { About } from "../../training/about.ts";
import type { AgentContext } from "../../training/context.ts";
import { open } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import type { RoundUpdate } from "../on-policy.ts";
import type { ActorCriticModel } from "./actor-critic.ts";
import { ConjugateGradient } from "./conjugate-gradient.ts";
import type { PolicyMemory } from "./policy-actor.ts";
import { PolicyAgent } from "./policy-agent.ts";
import { PolicyLearning, type PolicyRound } from "./policy-learning.ts";
import { TRPO_FIELDS, type TRPOOptions, type TRPOSettings } from "./trpo-options.ts";
import { TRPO_PRESETS } from "./trpo-presets.ts";

export type { TRPOOptions, TRPOSettings } from "./trpo-options.ts";

type Context = AgentContext<TRPOSettings>;

/** TRPO: natural policy gradients within a trust region (Schulman et al. 2015). */
export class TRPO extends PolicyAgent<TRPOSettings> {
  static override readonly about: About<TRPOOptions, TRPOSettings> = {
    name: "TRPO",
    algorithm: "trpo",
    summary: "natural policy gradients within a trust region",
    actions: ["discrete", "multi-discrete", "multi-binary", "box"],
    learnsFrom: "rollouts",
    fields: TRPO_FIELDS,
    presets: TRPO_PRESETS,
  };

  /**
   * @param workplace several environments stepped together, a single one, or `{ observationSpace, actionSpace }` for callers who
   *   own their loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: TRPOOptions = {}) {
    super(open(new.target, workplace, options), planUpdate, ["approximateKl"]);
  }
}

function planUpdate(context: Context, model: ActorCriticModel, round: PolicyRound): RoundUpdate<PolicyMemory> {
  const { backend, settings } = context;
  const learning = new PolicyLearning(context, model, round);
  const step = new PolicyStep(context, learning);
  const regression = learning.planValueLoss();

  /** Estimates advantages, then makes the policy's step: the values are not yet changed by updates. */
  const prepare = (): void => {
    learning.prepare();
    step.make();
  };

  /** Makes one update of the value. Gradients of the policy stay 0, so that the optimizer does not move the policy. */
  const learn = (first: number, rows: number): boolean => {
    learning.gatherReturns(first, rows);
    learning.pass.forwardValue(rows);
    backend.policyLoss.value(rows, regression);
    learning.pass.backwardValue(rows);
    model.descend(context.nowAt(settings.learningRate)[0]);
    return true;
  };
  return { prepare, prepared: learning.prepared, learn };
}

/** The policy's step, from the whole rollout in random order. */
class PolicyStep {
  readonly #context: Context;
  readonly #learning: PolicyLearning;
  /** [B, observation size] and [B, action size] */
  readonly #observation: Tensor;
  readonly #action: Tensor;
  /** Pass of the policy that is moved, and pass of the policy that acted, which has its own weights. */
  readonly #pass: PolicyPass;
  readonly #oldPass: PolicyPass;
  readonly #old: Parameters;
  /** Mean of ratio times A, without clipping, and the policy's entropy. */
  readonly #surrogate: PolicyLoss & { readonly oldLogProbability: Tensor };
  /** [B, 1] divergence of the moved policy from the policy that acted. */
  readonly #divergence: Tensor;
  readonly #divergences: Float32Array;
  // Blocks with the layout of the model. The part of the value network is 0 in all of them.
  readonly #gradient: Parameters;
  readonly #direction: Parameters;
  readonly #product: Parameters;
  readonly #moved: Parameters;
  readonly #moves: ReturnType<PolicyPass["planMoves"]>;
  readonly #solver: ConjugateGradient;
  /** [1, 1] result of a dot product. */
  readonly #result: Tensor;
  /** [B, options] action masks of the rollout. */
  #mask: Tensor | null = null;
  /** Number of transitions, B: fewer than slots when some slots are not steps. */
  #rows = 0;

  constructor(context: Context, learning: PolicyLearning) {
    const { actions, backend, encoder } = context;
    const { model, round } = learning;
    const { slots: B } = round.rollout;
    const { specs } = model;
    const { policy } = model.networks;
    const column = (): Tensor => backend.tensor(B, 1);
    const block = (): Parameters => backend.parameters(specs);
    this.#context = context;
    this.#learning = learning;
    this.#observation = backend.tensor(B, encoder.size);
    this.#action = backend.tensor(B, actions.size);
    // The block takes the surrogate's gradient, then parts of the products: a pass writes into the block that it was planned
    // with.
    this.#gradient = block();
    this.#pass = policy.plan({ rows: B, x: this.#observation, gradients: this.#gradient });
    this.#old = block();
    const oldPolicy = policy.module.on(backend, { ...policy.weights, block: this.#old });
    this.#oldPass = oldPolicy.plan({ rows: B, x: this.#observation });
    this.#surrogate = {
      logProbability: column(),
      oldLogProbability: column(),
      advantage: column(),
      entropy: column(),
      clip: Number.POSITIVE_INFINITY,
      dLogProbability: column(),
      metrics: learning.policyNumbers,
    };
    this.#divergence = column();
    this.#divergences = new Float32Array(B);
    this.#direction = block();
    this.#product = block();
    this.#moved = block();
    this.#moves = this.#pass.planMoves(this.#moved);
    this.#solver = new ConjugateGradient(backend, specs);
    this.#result = backend.tensor(1, 1);
  }

  /** Moves the policy along the natural gradient. The policy stays as it is when no length tried is good enough. */
  make(): void {
    const { backend, metrics, settings } = this.#context;
    const { actionDistribution, vectors } = backend;
    const { parameters } = this.#learning.model;
    const { entropyCoefficient, lineSearchShrink, lineSearchSteps, targetKl } = settings;
    this.#gather();
    const rows = this.#rows;
    vectors.copy(this.#old, parameters);
    this.#oldPass.forward(rows);
    const before = this.#loss();
    metrics.requireFiniteNumber("policy loss", this.#learning.policyNumbers, SurrogateMetric.loss);

    const dEntropy = -this.#context.nowAt(entropyCoefficient)[0] / rows;
    const { distribution } = this.#pass;
    actionDistribution.gradient(rows, distribution, this.#action, this.#surrogate.dLogProbability, dEntropy);
    this.#pass.backward(rows);
    let length = this.#solve();
    for (let tried = 0; length > 0 && tried < lineSearchSteps; tried++) {
      vectors.copy(parameters, this.#old);
      vectors.combine(parameters, 1, this.#direction, -length);
      if (this.#loss() < before && this.#meanDivergence() <= targetKl) return;
      length *= lineSearchShrink;
    }
    vectors.copy(parameters, this.#old);
    this.#loss();
  }

  /**
   * Computes direction = (F + damping)^-1 gradient, as exactly as the iterations allow.
   * @returns the length at which the second-order expansion of the divergence is targetKl; 0 when there is no direction
   */
  #solve(): number {
    const { backend, settings } = this.#context;
    this.#moves.hold();
    this.#solver.solve(this.#curvature, this.#gradient, this.#direction, settings.cgIterations);
    this.#curvature(this.#direction, this.#product);
    backend.vectors.dot(this.#direction, this.#product, this.#result, 0);
    const square = backend.latest(this.#result, 0);
    return square > 0 ? Math.sqrt((2 * settings.targetKl) / square) : 0;
  }

  /**
   * Computes product = (F + damping) v without the matrix (appendix C.1): F v = J' M J v, averaged over observations. J v is a
   * forward-mode pass through the network, M the small matrix of the action distribution, J' the backward pass. F is the
   * second derivative of the mean divergence from the policy to a nearby policy: symmetric and never negative.
   */
  readonly #curvature = (v: Parameters, product: Parameters): void => {
    const { backend, settings } = this.#context;
    const { actionDistribution, vectors } = backend;
    // The order is random, so that the first rows are a random part.
    const rows = Math.max(1, Math.floor(this.#rows / settings.fisherSubsampling));
    vectors.copy(this.#moved, v);
    this.#moves.forward(rows);
    actionDistribution.fisherProduct(rows, this.#pass.distribution);
    this.#pass.backward(rows);
    vectors.copy(product, this.#gradient);
    vectors.combine(product, 1, v, settings.cgDamping);
  };

  /** Returns the surrogate's loss minus the weighted entropy, for the current policy. Writes the metrics. */
  #loss(): number {
    const { backend, settings } = this.#context;
    const { logProbability, entropy } = this.#surrogate;
    const rows = this.#rows;
    this.#pass.forward(rows);
    backend.actionDistribution.evaluate(rows, this.#pass.distribution, this.#action, logProbability, entropy);
    backend.policyLoss.surrogate(rows, this.#surrogate);
    const of = (column: number): number => backend.latest(this.#learning.policyNumbers, column);
    return of(SurrogateMetric.loss) - this.#context.now(settings.entropyCoefficient) * of(SurrogateMetric.entropy);
  }

  /** Returns the mean divergence from the policy that acted to the policy of the last `#loss`. */
  #meanDivergence(): number {
    const { backend } = this.#context;
    const rows = this.#rows;
    const { distribution } = this.#pass;
    backend.actionDistribution.divergence(rows, this.#oldPass.distribution, distribution, this.#divergence);
    backend.latestRows(this.#divergence, rows, this.#divergences);
    let sum = 0;
    for (let b = 0; b < rows; b++) sum += this.#divergences[b];
    return sum / rows;
  }

  #gather(): void {
    const { backend, settings } = this.#context;
    const { prepared, round } = this.#learning;
    const { order, rollout } = round;
    const { tensors, remembered, mask } = rollout;
    const { advantage, oldLogProbability } = this.#surrogate;
    round.shuffle();
    this.#rows = rollout.stepCount;
    const take = (from: Tensor, into: Tensor): void => backend.rows.gather(this.#rows, order, 0, from, into);
    take(tensors.observation, this.#observation);
    take(tensors.action, this.#action);
    take(prepared.advantage, advantage);
    take(remembered.logProbability.tensor, oldLogProbability);
    if (settings.normalizeAdvantages) backend.rows.standardize(this.#rows, advantage);
    if (mask === null) return;
    this.#mask ??= backend.tensor(rollout.slots, mask.columns);
    take(mask, this.#mask);
    for (const { distribution } of [this.#pass, this.#oldPass]) {
      if (distribution.family === "categorical") distribution.mask = this.#mask;
    }
  }
}
