// What algorithms that learn from a replay have in common: when an update is due, and what surrounds it. An algorithm says what one
// update makes of a batch.

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

/** What an algorithm plans. */
export interface OffPolicyUpdate {
  readonly experience: Sampled;
  /** Filled before every update. */
  readonly batch: Batch;
  /** One update. @returns the absolute errors that priorities are made of, [B, 1]; null: there are none */
  learn(): Tensor | null;
  /** Copies of networks that follow them. */
  readonly targets: readonly Targets[];
  /** Parts of a run's file beside experience and targets. [none] */
  readonly parts?: readonly CheckpointPart[];
}

/** A replay as the settings describe it. @throws RangeError when memory cannot hold it; TypeError for goals that nobody rewards */
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
