// A2C, advantage actor-critic (Mnih et al. 2016, https://arxiv.org/abs/1602.01783, whose workers take their steps together):
// one update from a few steps of many environments. Actions that went better than the value become more likely.

import type { About } from "../../training/about.ts";
import type { AgentContext } from "../../training/context.ts";
import { open } from "../../training/open.ts";
import type { Fields } from "../../training/options.ts";
import type { Workplace } from "../../workplace.ts";
import type { RoundUpdate } from "../on-policy.ts";
import { A2C_PRESETS } from "./a2c-presets.ts";
import type { ActorCriticModel } from "./actor-critic.ts";
import type { PolicyMemory } from "./policy-actor.ts";
import { PolicyAgent } from "./policy-agent.ts";
import { PolicyLearning, type PolicyRound } from "./policy-learning.ts";
import { type PolicyOptions, type PolicySettings, policyFields } from "./policy-options.ts";

/** Options of A2C. The page docs/agents/a2c.md lists all default values and their sources. */
export type A2COptions = PolicyOptions;
/** A2C's options with all defaults filled in, as a file contains them. */
export type A2CSettings = PolicySettings;

/** Fields of the options. The default values are those of Stable-Baselines3. */
const FIELDS: Fields<A2COptions, A2CSettings> = policyFields({
  totalSteps: 1_000_000,
  rolloutSteps: 5,
  advantage: { type: "gae", lambda: 1 },
  normalizeAdvantages: false,
  valueCoefficient: 0.5,
  learningRate: 7e-4,
  maxGradientNorm: 0.5,
  optimizer: { type: "rmsprop", form: "tensorflow", alpha: 0.99, epsilon: 1e-5 },
});

/** A2C: one update from a few steps of many environments (Mnih et al. 2016). */
export class A2C extends PolicyAgent<A2CSettings> {
  static override readonly about: About<A2COptions, A2CSettings> = {
    name: "A2C",
    algorithm: "a2c",
    summary: "policy gradients from a few steps of many environments at once",
    actions: ["discrete", "multi-discrete", "multi-binary", "box"],
    learnsFrom: "rollouts",
    fields: FIELDS,
    presets: A2C_PRESETS,
  };

  /**
   * @param workplace several environments stepped together, a single one, or `{ observationSpace, actionSpace }` for callers who
   *   own their loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: A2COptions = {}) {
    super(open(new.target, workplace, options), planUpdate);
  }
}

function planUpdate(
  context: AgentContext<A2CSettings>,
  model: ActorCriticModel,
  round: PolicyRound,
): RoundUpdate<PolicyMemory> {
  const { policyLoss } = context.backend;
  const learning = new PolicyLearning(context, model, round);
  const gain = learning.planPolicyLoss(null);
  const regression = learning.planValueLoss();

  const learn = (first: number, rows: number): boolean => {
    learning.gather(first, rows);
    learning.forward(first, rows);
    // -mean of A ln pi(a|s), and mean of (V - R)^2
    policyLoss.surrogate(rows, gain);
    policyLoss.value(rows, regression);
    learning.descend(rows);
    return true;
  };
  // An update uses the whole rollout, so that the order does not matter.
  return { prepare: () => learning.prepare(), prepared: learning.prepared, isShuffled: false, learn };
}
