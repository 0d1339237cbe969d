// PQN, parallelised Q-learning (Gallici et al. 2025, https://arxiv.org/abs/2407.04811): Q-learning from many environments at
// once, without replay and without a target network. Layer normalisation keeps it stable; Q(lambda) returns, computed
// backwards through each rollout, take the place of old experience.

import type { ActBatchOptions, ActOptions } from "../../agent.ts";
import { imageOf } from "../../nn/image.ts";
import { Model } from "../../nn/model.ts";
import type { Module } from "../../nn/module.ts";
import { feedForward } from "../../nn/network-options.ts";
import type { Tensor } from "../../operations/handles.ts";
import { VALUE_METRICS, ValueMetric } from "../../operations/value-loss.ts";
import type { SpaceValue } from "../../space.ts";
import type { About } from "../../training/about.ts";
import { AgentBase } from "../../training/agent-base.ts";
import type { AgentContext } from "../../training/context.ts";
import type { ActionRows } from "../../training/decisions.ts";
import { open } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import { onPolicyLearner, planNormalizer, type Round, type RoundUpdate } from "../on-policy.ts";
import { PQN_FIELDS, type PQNOptions, type PQNSettings } from "./pqn-options.ts";
import { PQN_PRESETS } from "./pqn-presets.ts";
import { ValueActor } from "./value-actor.ts";
import { ExpectedHead } from "./value-head.ts";

export type { PQNOptions, PQNSettings } from "./pqn-options.ts";

type Context = AgentContext<PQNSettings>;

/** PQN: Q(lambda) from many environments at once, without replay or target network (Gallici et al. 2025). */
export class PQN extends AgentBase<PQNSettings> {
  static override readonly about: About<PQNOptions, PQNSettings> = {
    name: "PQN",
    algorithm: "pqn",
    summary: "Q(lambda) from many environments at once, without replay or target network",
    actions: ["discrete"],
    learnsFrom: "rollouts",
    fields: PQN_FIELDS,
    presets: PQN_PRESETS,
  };

  readonly #actor: ValueActor;

  /**
   * @param workplace several environments stepped together, a single one, or `{ observationSpace, actionSpace }` for callers who
   *   own their loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or the actions are not Discrete
   */
  constructor(workplace: Workplace, options: PQNOptions = {}) {
    const context = open<PQNSettings>(new.target, workplace, options);
    const { actions, encoder, metrics, name, observationSpace, settings } = context;
    const { epsilon, learningRate, maxGradientNorm, network, optimizer, rescaleObservations } = settings;
    const image = imageOf(name, observationSpace, network.convolution, rescaleObservations);
    const values = feedForward(encoder.size, actions.options, network, { image });
    const model = new Model(context, { networks: { values }, prefixes: { values: "" }, optimizer, maxGradientNorm });
    model.initialize(context.stream("init"));
    const normalizer = planNormalizer(context);
    const exploration = { epsilon, warmupSteps: 0, boltzmann: null };
    const actor = new ValueActor(
      context,
      model.acting.networks.values,
      new ExpectedHead("mse"),
      exploration,
      normalizer,
    );
    metrics.compute("epsilon", () => context.now(epsilon));
    metrics.compute("learningRate", () => context.now(learningRate));
    metrics.show(["loss", "meanQ", "gradientNorm", "epsilon", "learningRate"]);
    metrics.keep(["loss", "meanQ", "gradientNorm", "clipFactor"]);
    super(context, {
      actor,
      models: [model],
      remembers: null,
      parts: [normalizer],
      plan: () =>
        onPolicyLearner(context, {
          remembers: null,
          normalizer,
          sequenceSteps: 1,
          present: (rows, stored, given) => actions.present(rows, stored, given),
          plan: (round) => planUpdate(context, model, round),
        }),
    });
    this.#actor = actor;
  }

  /** Current probability of a random action. */
  get epsilon(): number {
    return this.context.now(this.settings.epsilon);
  }

  /** Current value of the learning rate's schedule. */
  get learningRate(): number {
    return this.context.now(this.settings.learningRate);
  }

  override act(observation: SpaceValue, options?: ActOptions): number {
    return super.act(observation, options) as number;
  }

  override actBatch(observations: ArrayLike<SpaceValue>, options?: ActBatchOptions, actions?: ActionRows): Int32Array {
    return super.actBatch(observations, options, actions) as Int32Array;
  }

  /** Returns Q(observation, action), one number per action. */
  qValues(observation: SpaceValue): Float32Array {
    return this.#actor.values(this.encode("qValues", observation));
  }
}

/** Plans the targets of a rollout and the updates towards them. */
function planUpdate(
  context: Context,
  model: Model<{ readonly values: Module }>,
  round: Round<never>,
): RoundUpdate<never> {
  const { actions, backend, encoder, metrics, settings } = context;
  const { discount, lambda, learningRate } = settings;
  const { minibatchSize, order, rollout } = round;
  const { reward, terminated, truncated } = rollout.tensors;
  const perStep = (): Tensor => backend.tensor(rollout.steps, rollout.environments);
  const returns = { reward, terminated, truncated, discount, lambda, nextMaxQ: perStep(), returns: perStep() };
  const observation = backend.tensor(minibatchSize, encoder.size);
  const action = backend.tensor(minibatchSize, actions.size);
  const target = backend.tensor(minibatchSize, 1);
  const pass = model.networks.values.plan({ rows: minibatchSize, x: observation, gradients: model.gradients });
  const numbers = backend.tensor(1, VALUE_METRICS);
  const regression = {
    q: pass.output,
    action,
    target,
    weight: null,
    loss: "mse",
    dQ: pass.dOutput!,
    absError: backend.tensor(minibatchSize, 1),
    metrics: numbers,
  } as const;
  metrics.add("loss", numbers, ValueMetric.loss, "loss");
  metrics.add("meanQ", numbers, ValueMetric.meanQ);

  /**
   * Computes the returns. Within an episode G[t] = reward + discount (lambda G[t + 1] + (1 - lambda) max_a Q(next, a)). At a
   * terminated step G is the reward alone. At a truncated step and at the rollout's end G = reward + discount max_a Q(next,
   * a).
   */
  const prepare = (): void => {
    round.collect();
    for (let first = 0; first < rollout.size; first += minibatchSize) {
      const rows = Math.min(minibatchSize, rollout.size - first);
      backend.rows.gather(rows, order, first, rollout.tensors.nextObservation, observation);
      backend.rows.maximum(rows, pass.forward(rows), first, returns.nextMaxQ);
    }
    backend.rollout.lambdaReturns(rollout.steps, returns);
  };

  const learn = (first: number, rows: number): boolean => {
    backend.rows.gather(rows, order, first, rollout.tensors.observation, observation);
    backend.rows.gather(rows, order, first, rollout.tensors.action, action);
    backend.rows.gather(rows, order, first, returns.returns, target);
    pass.forward(rows);
    backend.valueLoss.regression(rows, regression);
    pass.backward(rows);
    model.descend(context.nowAt(learningRate)[0]);
    return true;
  };
  return { prepare, prepared: { returns: returns.returns }, learn };
}
