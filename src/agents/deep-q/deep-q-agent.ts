// Deep Q-learning (Mnih et al. 2015, https://doi.org/10.1038/nature14236) and its extensions, each of them an option:
// double (van Hasselt et al. 2016, arXiv 1509.06461), dueling (Wang et al. 2016, arXiv 1511.06581), prioritized replay
// (Schaul et al. 2016, arXiv 1511.05952), multi-step targets and all of these together (Hessel et al. 2018, arXiv
// 1710.02298), noisy layers (Fortunato et al. 2018, arXiv 1706.10295), distributions of returns (Bellemare et al. 2017,
// arXiv 1707.06887; Dabney et al. 2018, arXiv 1710.10044), Munchausen targets (Vieillard et al. 2020, arXiv 2007.14430),
// ensembles (Osband et al. 2016, arXiv 1602.04621).
//
// The update is in `planUpdate`; the times of updates are in ../off-policy.ts, targets and losses in the heads. An algorithm of
// the family is this class with its own defaults.

import type { ActBatchOptions, ActOptions } from "../../agent.ts";
import { UnsupportedError } from "../../errors.ts";
import { Model, Targets } from "../../nn/model.ts";
import type { Module } from "../../nn/module.ts";
import { VALUE_METRICS, ValueMetric } from "../../operations/value-loss.ts";
import type { SpaceValue } from "../../space.ts";
import { AgentBase } from "../../training/agent-base.ts";
import type { AgentContext } from "../../training/context.ts";
import type { ActionRows } from "../../training/decisions.ts";
import { type OffPolicyUpdate, offPolicyLearner, planReplay } from "../off-policy.ts";
import type { DeepQSettings } from "./options.ts";
import { ValueActor } from "./value-actor.ts";
import type { ValueHead } from "./value-head.ts";
import { type ValueKind, valuePlan } from "./value-kind.ts";

type Context = AgentContext<DeepQSettings>;
type ValueModel = Model<{ readonly values: Module }>;

/** Base class of the agents of deep Q-learning. */
export abstract class DeepQAgent extends AgentBase<DeepQSettings> {
  readonly #actor: ValueActor;

  protected constructor(context: Context, kind: ValueKind) {
    const { metrics, name, settings, workplace } = context;
    const plan = valuePlan(name, workplace, settings);
    const head = kind.head(plan);
    if (head.members !== undefined && context.acting !== context.backend) throw noEnsemble(context);
    const { optimizer, maxGradientNorm } = settings;
    const networks = { values: kind.module(plan) };
    const model = new Model(context, { networks, prefixes: { values: "" }, optimizer, maxGradientNorm });
    model.initialize(context.stream("init"));
    const actor = new ValueActor(context, model.acting.networks.values, head, settings);
    metrics.compute("epsilon", () => context.now(settings.epsilon));
    metrics.compute("learningRate", () => context.now(settings.learningRate));
    metrics.compute("temperature", () => context.now(settings.boltzmann ?? Number.NaN));
    metrics.show([
      ...["loss", "meanQ", "gradientNorm", "epsilon", "learningRate"],
      ...(settings.boltzmann === null ? [] : ["temperature"]),
    ]);
    metrics.keep(["loss", "meanQ", "gradientNorm", "clipFactor"]);
    super(context, {
      actor,
      models: [model],
      remembers: null,
      plan: () => offPolicyLearner(context, planUpdate(context, model, head)),
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

  /**
   * Returns the greedy action of the network without noise. With `explore` the action may be random: by epsilon, by a softmax
   * of the values, by noise in the weights, or by one member of an ensemble, as the settings say. During warm-up exploring
   * actions are uniformly random.
   * @param observation a value of the observation space; any array-like of numbers for a Box
   * @returns a value of the action space
   */
  override act(observation: SpaceValue, options?: ActOptions): number {
    return super.act(observation, options) as number;
  }

  override actBatch(observations: ArrayLike<SpaceValue>, options?: ActBatchOptions, actions?: ActionRows): Int32Array {
    return super.actBatch(observations, options, actions) as Int32Array;
  }

  /** Returns Q(observation, action) of the acting network, one number per action. */
  qValues(observation: SpaceValue): Float32Array {
    return this.#actor.values(this.encode("qValues", observation));
  }
}

/** Plans the update: Q(s, a) moves towards r + discount max_a Q'(s', a), or towards the targets of an extension. */
function planUpdate(context: Context, model: ValueModel, head: ValueHead): OffPolicyUpdate {
  const { backend, counters, metrics, settings } = context;
  const { batchSize: rows, double, learningRate, munchausen, targetIntervalUpdates, tau } = settings;
  const experience = planReplay(context);
  const targets = new Targets(model);
  const batch = experience.planBatch(rows);
  const online = model.networks.values;
  const target = targets.networks.values;

  const now = online.plan({ rows, x: batch.observation, gradients: model.gradients });
  // These passes run before the trained pass and only their outputs are read, so that they can borrow its hidden tensors.
  const next = target.plan({ rows, x: batch.nextObservation, borrow: now });
  const select = double ? online.plan({ rows, x: batch.nextObservation, borrow: now }) : null;
  const policy = munchausen === null ? null : target.plan({ rows, x: batch.observation, borrow: now });

  const numbers = backend.tensor(1, VALUE_METRICS);
  const loss = head.planLoss(backend, { now, next, select, policy }, batch, numbers);
  metrics.add("loss", numbers, ValueMetric.loss, "loss");
  metrics.add("meanQ", numbers, ValueMetric.meanQ);
  const noise = online.resample === undefined ? null : context.stream("noise");

  const learn = (): typeof loss.absError => {
    if (select !== null) {
      // a* = argmax_a Q(s', a)
      if (noise !== null) online.resample?.(noise);
      select.forward();
    }
    // Every pass of a noisy network draws its own noise.
    if (noise !== null) target.resample?.(noise);
    next.forward();
    policy?.forward();
    if (noise !== null) online.resample?.(noise);
    now.forward();
    loss.learn();
    now.backward();
    model.descend(context.nowAt(learningRate)[0]);
    if ((counters.updates + 1) % targetIntervalUpdates === 0) targets.track(tau);
    return loss.absError;
  };
  return { experience, batch, learn, targets: [targets] };
}

/** Error for an ensemble that acts on another backend than it learns on: its members are drawn while acting. */
function noEnsemble({ name, backend }: Context): UnsupportedError {
  return new UnsupportedError(
    `${name}: ensemble expected null beside backend "${backend.name}", got one. Leave one of them out.`,
  );
}
