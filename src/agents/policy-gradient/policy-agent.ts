// Base class of agents that learn a policy and its value from rollouts. An algorithm plans its own update.

import type { SpaceValue } from "../../space.ts";
import { AgentBase } from "../../training/agent-base.ts";
import type { AgentContext } from "../../training/context.ts";
import { onPolicyLearner, planNormalizer, type RoundUpdate } from "../on-policy.ts";
import { type ActorCriticModel, type ActorCriticSettings, createActorCritic, networksOf } from "./actor-critic.ts";
import { PolicyActor, type PolicyDescription, type PolicyMemory } from "./policy-actor.ts";
import type { PolicyRound } from "./policy-learning.ts";
import { sequenceStepsOf } from "./recurrent-options.ts";

/** Numbers of an update that progress and logs show. */
const SHOWN = ["loss", "policyLoss", "valueLoss", "entropy", "gradientNorm", "learningRate"];
/** Numbers that a file keeps. */
const KEPT = ["policyLoss", "valueLoss", "gradientNorm", "clipFactor", "entropy", "approximateKl", "clipFraction"];

/** Function of an algorithm that plans how it learns from a full rollout. */
export type PlanPolicyUpdate<Settings extends ActorCriticSettings> = (
  context: AgentContext<Settings>,
  model: ActorCriticModel,
  round: PolicyRound,
) => RoundUpdate<PolicyMemory>;

/** Base class of agents that learn a policy and its value from rollouts. */
export abstract class PolicyAgent<Settings extends ActorCriticSettings> extends AgentBase<Settings> {
  readonly #actor: PolicyActor;

  /** @param shown names of further metrics for progress and logs, beside those of every policy agent. Default: none. */
  protected constructor(
    context: AgentContext<Settings>,
    planUpdate: PlanPolicyUpdate<Settings>,
    shown: readonly string[] = [],
  ) {
    const { metrics, settings } = context;
    const { recurrent = null } = settings;
    const model = createActorCritic(context);
    model.initialize(context.stream("init"));
    const normalizer = planNormalizer(context);
    const actor = new PolicyActor(context, networksOf(model, true), normalizer);
    const columns = { logProbability: 1, value: 1, ...(recurrent !== null && { state: recurrent.units }) };
    const remembers = columns as Readonly<Record<PolicyMemory, number>>;
    metrics.compute("learningRate", () => context.now(settings.learningRate));
    metrics.show([...SHOWN, ...shown]);
    metrics.keep(KEPT);
    super(context, {
      actor,
      models: [model],
      remembers,
      parts: [normalizer],
      plan: () =>
        onPolicyLearner<PolicyMemory>(context, {
          remembers,
          normalizer,
          sequenceSteps: sequenceStepsOf(recurrent, settings),
          present: (rows, stored, given) => actor.present(rows, stored, given),
          roundOver: () => actor.beginRollout(),
          plan: (round) => planUpdate(context, model, round),
        }),
    });
    this.#actor = actor;
  }

  /** Current value of the learning rate's schedule. */
  get learningRate(): number {
    return this.context.now(this.settings.learningRate);
  }

  /**
   * Returns the value of an observation: the discounted return that the agent expects from there on. A recurrent policy takes
   * the observation as the next one after those that `act` was given.
   */
  value(observation: SpaceValue): number {
    return this.#actor.value(this.encode("value", observation));
  }

  /**
   * Returns the distribution of exploring actions for an observation. Discrete and MultiDiscrete: the probabilities of all
   * options, choice after choice. MultiBinary: the probability of every bit to be 1. Box: means and standard deviations,
   * before bounds or tanh. For a recurrent policy see `value`.
   */
  distribution(observation: SpaceValue): PolicyDescription {
    return this.#actor.distribution(this.encode("distribution", observation));
  }
}
