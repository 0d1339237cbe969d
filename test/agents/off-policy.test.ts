// What surrounds the updates of algorithms that learn from a replay: when they are due, what is sampled, what priorities hear.

import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../src/agents/deep-q/dqn.ts";
import type { DeepQSettings } from "../../src/agents/deep-q/options.ts";
import { type OffPolicyUpdate, offPolicyLearner, planReplay } from "../../src/agents/off-policy.ts";
import type { Targets } from "../../src/nn/model.ts";
import { box, dict, discrete } from "../../src/space.ts";
import { open } from "../../src/training/open.ts";
import { stepOf } from "../experience/step-rows.ts";

const SPACES = { observationSpace: box(-1000, 1000, [1]), actionSpace: discrete(2) };

/** A learner that counts instead of learning. */
function made(options: DQNOptions = {}, changes: Partial<OffPolicyUpdate> = {}) {
  const given = { capacity: 100, batchSize: 4, warmupSteps: 10, trainIntervalSteps: 4, ...options };
  const context = open<DeepQSettings>(DQN, SPACES, given);
  const experience = planReplay(context);
  const batch = experience.planBatch(context.settings.batchSize);
  const absError = context.backend.tensor(context.settings.batchSize, 1);
  const betas: number[] = [];
  const learn = (): null => {
    betas.push(experience.beta);
    return null;
  };
  const learner = offPolicyLearner(context, { experience, batch, learn, targets: [], ...changes });
  const { counters, environments } = context;
  /** Steps of all environments. @returns what is due after each */
  const steps = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const before = counters.envSteps;
      const rows = Array.from({ length: environments }, () => ({ observation: [before], next: [before + 1] }));
      experience.add(stepOf(rows));
      counters.envSteps += environments;
      return learner.due(before);
    });
  return { context, experience, batch, absError, betas, learner, steps };
}

describe("updates are due", () => {
  test("at every multiple of the interval that a step reaches, after the warm-up", () => {
    const { steps } = made();
    expect(steps(20).flatMap((due, i) => (due > 0 ? [i + 1] : []))).toEqual([12, 16, 20]);
  });

  test("as many as a round has", () => {
    const { steps, learner } = made({ warmupSteps: 0, updatesPerTrain: 3, batchSize: 1 });
    expect(steps(8)).toEqual([0, 0, 0, 3, 0, 0, 0, 3]);
    expect(learner.mostDue).toBe(3);
  });

  test("for every multiple that a step of several environments passes", () => {
    const { steps, learner } = made({ environments: 6, warmupSteps: 0, updatesPerTrain: 2, batchSize: 1 });
    // 6, 12, 18, 24 steps: one multiple of 4, then two, one, two.
    expect(steps(4)).toEqual([2, 4, 2, 4]);
    expect(learner.mostDue).toBe(4);
    // As many as in one environment.
    expect(
      made({ warmupSteps: 0, updatesPerTrain: 2, batchSize: 1 })
        .steps(24)
        .reduce((a, b) => a + b),
    ).toBe(12);
  });

  test("not before there is a batch of transitions, which windows and episodes hold back", () => {
    const { steps } = made({ warmupSteps: 0, trainIntervalSteps: 1, batchSize: 4, nStep: 3 });
    expect(steps(8)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });
});

describe("an update", () => {
  test("samples a batch, learns from it, and is counted; there is none before it could be due", () => {
    const { betas, batch, context, learner, steps } = made();
    expect(learner.updateOnce()).toBe(false);
    steps(9);
    expect(learner.updateOnce()).toBe(false);
    steps(3);
    expect(learner.updateOnce()).toBe(true);
    expect([context.counters.updates, betas.length]).toEqual([1, 1]);
    const { backend } = context;
    const first = backend.read(batch.observation);
    learner.updateOnce();
    expect(backend.read(batch.observation)).not.toEqual(first);
  });

  test("tells priorities of its errors, where it has some", () => {
    for (const tells of [true, false]) {
      const { learner, steps, context, experience, absError } = made(
        { replay: "proportional", warmupSteps: 0 },
        tells ? { learn: () => absErrorOf() } : {},
      );
      const absErrorOf = (): typeof absError => absError;
      steps(8);
      context.backend.write(absError, [5, 5, 5, 5]);
      const heard: unknown[] = [];
      const listen = experience.updatePriorities.bind(experience);
      experience.updatePriorities = (...told) => {
        heard.push(told[1]);
        listen(...told);
      };
      learner.updateOnce();
      expect(heard).toEqual(tells ? [absError] : []);
    }
  });

  test("weighs by the beta of now, before it samples", () => {
    const beta = { type: "linear", from: 0.5, to: 1, steps: 16 } as const;
    const { betas, learner, steps } = made({ replay: { type: "rank", beta }, warmupSteps: 0 });
    steps(8);
    learner.updateOnce();
    steps(8);
    learner.updateOnce();
    expect(betas).toEqual([0.75, 1]);
  });
});

test("a run's file holds targets, then experience, then what the algorithm adds", () => {
  const [target, part] = [{ parameters: "its block", become: () => became++ }, {}] as unknown as [Targets, never];
  let became = 0;
  const { experience, learner } = made({}, { targets: [target], parts: [part] });
  expect(learner.parts).toEqual([target, experience, part]);
  expect(learner.blocks).toEqual(["its block"]);
  learner.weightsReplaced?.();
  expect(became).toBe(1);
  expect([learner.experience, learner.expecting]).toEqual([experience, null]);
});

describe("a replay is as the settings describe it", () => {
  test("in capacity, windows and priorities", () => {
    const { experience, steps } = made({ capacity: 20, nStep: 2, replay: "rank" });
    steps(3);
    expect([experience.capacity, experience.size]).toEqual([20, 2]);
    expect(experience.bytes).toBeGreaterThan(made({ capacity: 20, nStep: 2 }).experience.bytes);
  });

  test("with hindsight by the functions of the workplace, which has to have them", () => {
    const goals = dict({ observation: box(-1, 1), achievedGoal: discrete(3), desiredGoal: discrete(3) });
    const spaces = { observationSpace: goals, actionSpace: discrete(2) };
    const functions = { computeReward: () => 0, computeTerminated: () => false };
    const options = { capacity: 100, batchSize: 4, hindsight: "final" } as const;
    const replay = planReplay(open<DeepQSettings>(DQN, { ...spaces, ...functions }, options));
    const observation = [0, 1, 0, 0, 1, 0, 0];
    replay.add(stepOf([{ observation, next: observation, truncated: true }]));
    expect(replay.size).toBe(2);
    expect(() => planReplay(open<DeepQSettings>(DQN, spaces, options))).toThrow(
      "DQN: hindsight expected computeReward and computeTerminated, got none and none.",
    );
  });
});
