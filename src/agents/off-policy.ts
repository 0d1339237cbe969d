// The common part of algorithms that learn from a replay: the times of updates, sampling, and priorities. An algorithm plans how
// one update learns from a batch.

import type { Sampled } from "../experience/experience.ts";
import { type GoalFunctions, requireGoalFunctions } from "../experience/hindsight.ts";
import { ReplayExperience } from "../experience/replay-experience.ts";
import type { CheckpointPart } from "../formats/checkpoint-part.ts";
import type { Targets } from "../nn/model.ts";
import type { Batch, Tensor } from "../operations/handles.ts";
import type { AgentContext } from "../training/context.ts";
import type { Learner } from "../training/learner.ts";
import type { RunSettings } from "../training/run-options.ts";
import type { OffPolicySettings } from "./off-policy-options.ts";

type Settings = RunSettings & OffPolicySettings & { readonly discount: number };

/** An algorithm's planned update from a batch of the replay. */
export interface OffPolicyUpdate {
  /** The replay that batches are sampled from. */
  readonly experience: Sampled;
  /** Batch of sampled transitions, filled before every update. */
  readonly batch: Batch;
  /** Makes one update. @returns absolute errors for the priorities, [B, 1]; null: priorities stay as they are */
  learn(): Tensor | null;
  /** Target networks. */
  readonly targets: readonly Targets[];
  /** Further parts of a run's file, beside experience and targets. @defaultValue none */
  readonly parts?: readonly CheckpointPart[];
}

/**
 * Makes the replay that the settings describe.
 * @throws RangeError when memory cannot hold the replay; TypeError for hindsight without an environment that rewards goals
 */
export function planReplay(context: AgentContext<Settings>): Sampled {
  const { acting, actions, backend, encoder, name, observationSpace, settings, workplace } = context;
  const { capacity, discount, environments, hindsight, nStep, replay } = settings;
  return new ReplayExperience(backend, {
    capacity,
    observationSpace,
    observationSize: encoder.size,
    observationStorage: encoder.storage,
    actions,
    environments,
    nStep,
    discount,
    replay,
    hindsight: hindsight && {
      options: hindsight,
      functions: requireGoalFunctions(name, workplace as Partial<GoalFunctions>),
      backend: acting,
      stream: context.stream("hindsight"),
    },
  });
}

/** Makes the learner of an algorithm that learns from a replay. */
export function offPolicyLearner(context: AgentContext<Settings>, update: OffPolicyUpdate): Learner {
  const { counters, settings } = context;
  const { batchSize, environments, replay, trainIntervalSteps, updatesPerTrain, warmupSteps } = settings;
  const { batch, experience, parts = [], targets } = update;
  const stream = context.stream("replay");
  const isReady = (): boolean => counters.envSteps >= warmupSteps && experience.size >= batchSize;
  const roundsUntil = (steps: number): number => Math.floor(steps / trainIntervalSteps);
  return {
    experience,
    expecting: null,
    due: (stepsBefore) =>
      isReady() ? (roundsUntil(counters.envSteps) - roundsUntil(stepsBefore)) * updatesPerTrain : 0,
    mostDue: Math.ceil(environments / trainIntervalSteps) * updatesPerTrain,
    updateOnce: () => {
      if (!isReady()) return false;
      if (replay.type !== "uniform") experience.beta = context.nowAt(replay.beta)[0];
      experience.sample(stream, batch);
      const absError = update.learn();
      if (absError !== null) experience.updatePriorities(batch, absError);
      counters.updates++;
      return true;
    },
    parts: [...targets, experience, ...parts],
    blocks: targets.map(({ parameters }) => parameters),
    weightsReplaced: () => {
      for (const target of targets) target.become();
    },
  };
}
