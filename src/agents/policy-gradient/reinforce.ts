// REINFORCE (Williams 1992, https://doi.org/10.1007/BF00992696): actions become more likely by the return of the whole episode,
// with the value of the observation as a baseline or without one.

import type { Rollout } from "../../experience/rollout.ts";
import type { About } from "../../training/about.ts";
import type { AgentContext } from "../../training/context.ts";
import { open } from "../../training/open.ts";
import type { Workplace } from "../../workplace.ts";
import type { RoundUpdate } from "../on-policy.ts";
import type { ActorCriticModel } from "./actor-critic.ts";
import type { PolicyMemory } from "./policy-actor.ts";
import { PolicyAgent } from "./policy-agent.ts";
import { PolicyLearning, type PolicyRound } from "./policy-learning.ts";
import { REINFORCE_FIELDS, type ReinforceOptions, type ReinforceSettings } from "./reinforce-options.ts";
import { REINFORCE_PRESETS } from "./reinforce-presets.ts";

export type { ReinforceOptions, ReinforceSettings } from "./reinforce-options.ts";

/** REINFORCE: policy gradients from whole episodes, with or without a baseline (Williams 1992). */
export class Reinforce extends PolicyAgent<ReinforceSettings> {
  static override readonly about: About<ReinforceOptions, ReinforceSettings> = {
    name: "Reinforce",
    algorithm: "reinforce",
    summary: "policy gradients from whole episodes, with or without a baseline",
    actions: ["discrete", "multi-discrete", "multi-binary", "box"],
    learnsFrom: "rollouts",
    fields: REINFORCE_FIELDS,
    presets: REINFORCE_PRESETS,
  };

  /**
   * @param workplace a single environment, or `{ observationSpace, actionSpace }` for callers who own their loop
   * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the actions
   */
  constructor(workplace: Workplace, options: ReinforceOptions = {}) {
    super(open(new.target, workplace, options), planUpdate);
  }
}

function planUpdate(
  context: AgentContext<ReinforceSettings>,
  model: ActorCriticModel,
  round: PolicyRound,
): RoundUpdate<PolicyMemory> {
  const { backend, settings } = context;
  const { baseline, episodesPerUpdate } = settings;
  const { policyLoss } = backend;
  const learning = new PolicyLearning(context, model, round);
  const gain = learning.planPolicyLoss(null);
  const regression = learning.planValueLoss();
  const { rollout } = round;
  const zeros = new Float32Array(rollout.slots);

  /** Computes the advantages. Without a baseline they are the returns, and no value is added where an episode was cut. */
  const prepare = (): void => {
    if (baseline) {
      learning.prepare();
      return;
    }
    backend.write(rollout.remembered.value.tensor, zeros);
    learning.estimate();
  };

  const learn = (first: number, rows: number): boolean => {
    learning.gather(first, rows);
    learning.forward(first, rows);
    // -mean of (G - V) ln pi(a|s), and mean of (V - G)^2; without a baseline the values' gradient stays 0
    policyLoss.surrogate(rows, gain);
    if (baseline) policyLoss.value(rows, regression);
    learning.descend(rows);
    return true;
  };
  return {
    isComplete: () => isComplete(rollout, episodesPerUpdate),
    prepare,
    prepared: learning.prepared,
    // An update uses the whole rollout, so that the order does not matter.
    isShuffled: false,
    learn,
  };
}

/** Returns true when the last of the episodes has ended, or when the rollout is full. */
function isComplete(rollout: Rollout<PolicyMemory>, episodes: number): boolean {
  if (rollout.isFull) return true;
  if (!hasEnded(rollout, rollout.size - 1)) return false;
  let ended = 0;
  for (let k = 0; k < rollout.size; k++) if (hasEnded(rollout, k)) ended++;
  return ended >= episodes;
}

function hasEnded({ terminated, truncated }: Rollout<PolicyMemory>, slot: number): boolean {
  return terminated[slot] !== 0 || truncated[slot] !== 0;
}
