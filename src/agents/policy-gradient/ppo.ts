// PPO, proximal policy optimisation (Schulman et al. 2017, https://arxiv.org/abs/1707.06347): several epochs of updates from
// every rollout. The clipped surrogate removes the gain of moving far from the policy that acted.

import { SurrogateMetric } from "../../operations/policy-loss.ts";
import type { About } from "../../training/about.ts";
import type { AgentContext } from "../../training/context.ts";
import { open } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import type { RoundUpdate } from "../on-policy.ts";
import type { ActorCriticModel } from "./actor-critic.ts";
import type { PolicyMemory } from "./policy-actor.ts";
import { PolicyAgent } from "./policy-agent.ts";
import { PolicyLearning, type PolicyRound } from "./policy-learning.ts";
import { PPO_FIELDS, type PPOOptions, type PPOSettings } from "./ppo-options.ts";
import { PPO_PRESETS } from "./ppo-presets.ts";

export type { PPOOptions, PPOSettings } from "./ppo-options.ts";

/** Factor by which the divergence may exceed its target, as in Stable-Baselines3. */
const KL_MARGIN = 1.5;

/** PPO: policy gradients in clipped steps, several epochs per rollout (Schulman et al. 2017). */
export class PPO extends PolicyAgent<PPOSettings> {
  static override readonly about: About<PPOOptions, PPOSettings> = {
    name: "PPO",
    algorithm: "ppo",
    summary: "policy gradients in clipped steps, from many environments at once",
    actions: ["discrete", "multi-discrete", "multi-binary", "box"],
    learnsFrom: "rollouts",
    fields: PPO_FIELDS,
    presets: PPO_PRESETS,
  };

  /**
   * @param workplace several environments stepped together, a single one, or `{ observationSpace, actionSpace }` for callers who
   *   own their loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: PPOOptions = {}) {
    super(open(new.target, workplace, options), planUpdate, ["approximateKl", "clipFraction"]);
  }
}

function planUpdate(
  context: AgentContext<PPOSettings>,
  model: ActorCriticModel,
  round: PolicyRound,
): RoundUpdate<PolicyMemory> {
  const { backend, settings } = context;
  const { clip, targetKl, valueClip } = settings;
  const learning = new PolicyLearning(context, model, round);
  const { policyLoss } = backend;
  const surrogate = learning.planPolicyLoss(learning.oldLogProbability);
  const regression = learning.planValueLoss(valueClip === null ? null : learning.oldValue);
  const movedTooFar = (): boolean =>
    targetKl !== null && backend.latest(learning.policyNumbers, SurrogateMetric.approximateKl) > KL_MARGIN * targetKl;

  const learn = (first: number, rows: number): boolean => {
    learning.gather(first, rows);
    learning.forward(first, rows);
    // -mean of min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A)                                                    (eq. 7)
    surrogate.clip = context.nowAt(clip)[0];
    policyLoss.surrogate(rows, surrogate);
    if (movedTooFar()) return false;
    // mean of (V - R)^2
    if (valueClip !== null) regression.clip = context.nowAt(valueClip)[0];
    policyLoss.value(rows, regression);
    learning.descend(rows);
    return true;
  };
  return { prepare: () => learning.prepare(), prepared: learning.prepared, learn };
}
