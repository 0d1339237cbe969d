// Callers who own their loop get what `learnSync` gives: weights, experience, random streams, counts.

import { describe, expect, test } from "vitest";
import type { ActionValue, Transition } from "../../../src/agent.ts";
import type { SyncEnv, VectorEnv, VectorStepResult } from "../../../src/env.ts";
import type { Space, SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import type { ActionRows } from "../../../src/training/decisions.ts";
import { AGENTS, strollFor, vectorOf } from "./agents.ts";
import { expectSameLearning } from "./same-file.ts";

const STEPS = 120;

/** Updates that `learn` makes after a step: those of the multiples passed, or all of a full rollout. */
function updateAsDue(agent: AgentBase, stepsBefore: number): void {
  const { trainIntervalSteps, updatesPerTrain = 1 } = agent.settings as {
    readonly trainIntervalSteps?: number;
    readonly updatesPerTrain?: number;
  };
  if (trainIntervalSteps === undefined) {
    agent.update();
    return;
  }
  const rounds = (steps: number): number => Math.floor(steps / trainIntervalSteps);
  agent.update({ maxUpdates: (rounds(agent.envSteps) - rounds(stepsBefore)) * updatesPerTrain });
}

/** One environment, one call at a time. */
function driveOne(agent: AgentBase, env: SyncEnv, act: (observation: SpaceValue) => ActionValue): void {
  let { observation } = env.reset({ seed: agent.seed });
  while (agent.envSteps < STEPS) {
    const action = act(observation);
    const { reward, terminated, truncated, observation: nextObservation } = env.step(action);
    const stepsBefore = agent.envSteps;
    agent.observe({ observation, action, reward, nextObservation, terminated, truncated });
    updateAsDue(agent, stepsBefore);
    observation = terminated || truncated ? env.reset().observation : nextObservation;
  }
}

/** How a caller asks for actions, and tells what came of them. */
interface Form {
  act(agent: AgentBase, observations: Float32Array, actions: ActionRows): void;
  observe(agent: AgentBase, observations: Float32Array, actions: ActionRows, result: VectorStepResult): void;
}

/** Several environments in mode "same-step". */
function driveSeveral(agent: AgentBase, env: VectorEnv, form: Form): void {
  const { count } = env;
  let observations = env.reset({ seed: agent.seed }).observation.slice();
  const actions = agent.actionSpace.kind === "discrete" ? new Int32Array(count) : new Float32Array(2 * count);
  while (agent.envSteps < STEPS) {
    form.act(agent, observations, actions);
    const result = env.step(each(actions, count));
    const stepsBefore = agent.envSteps;
    form.observe(agent, observations, actions, result);
    updateAsDue(agent, stepsBefore);
    observations = result.observation.slice();
  }
}

/** Actions of all environments, one by one. */
function each(actions: ActionRows, count: number): (number | Float32Array)[] {
  const size = actions.length / count;
  return Array.from({ length: count }, (_, e) =>
    actions instanceof Int32Array ? actions[e] : actions.slice(e * size, (e + 1) * size),
  );
}

/** Observations of all environments, as their space has them. */
function valuesOf(space: Space, rows: Float32Array, count: number): SpaceValue[] {
  const size = rows.length / count;
  return Array.from({ length: count }, (_, e) => {
    const row = rows.slice(e * size, (e + 1) * size);
    return space.kind === "discrete" ? space.start + row.indexOf(1) : row;
  });
}

function transitionsOf(
  { observationSpace }: AgentBase,
  observations: Float32Array,
  actions: ActionRows,
  { observation, finalObservation, reward, terminated, truncated }: VectorStepResult,
): Transition[] {
  const count = reward.length;
  const [before, after, final] = [observations, observation, finalObservation].map((rows) =>
    valuesOf(observationSpace, rows, count),
  );
  return each(actions, count).map((action, e) => ({
    observation: before[e],
    action,
    reward: reward[e],
    nextObservation: terminated[e] || truncated[e] ? final[e] : after[e],
    terminated: terminated[e] === 1,
    truncated: truncated[e] === 1,
  }));
}

const FORMS: Readonly<Record<string, Form>> = {
  "actRows and observeRows": {
    act: (agent, observations, actions) => agent.actRows(observations, actions),
    observe: (agent, observations, actions, result) => agent.observeRows(observations, actions, result),
  },
  "actBatch and observeBatch": {
    act: (agent, observations, actions) => {
      const values = valuesOf(agent.observationSpace, observations, 3);
      expect(agent.actBatch(values, { explore: true }, actions)).toBe(actions);
    },
    observe: (agent, ...step) => agent.observeBatch(transitionsOf(agent, ...step)),
  },
  "actBatch, and observe one by one": {
    act: (agent, observations, actions) =>
      actions.set(agent.actBatch(valuesOf(agent.observationSpace, observations, 3), { explore: true })),
    observe: (agent, ...step) => {
      for (const transition of transitionsOf(agent, ...step)) agent.observe(transition);
    },
  },
};

describe.each(AGENTS)("$name", (row) => {
  const kinds = row.agent.about.actions;

  test.each(kinds)("a caller's own loop in one environment learns what learnSync learns: %s actions", (kind) => {
    const whole = row.make(strollFor(row, kind));
    whole.learnSync(STEPS);
    const env = strollFor(row, kind);
    const { observationSpace, actionSpace } = env;
    const options = { explore: true };
    const single = row.make({ observationSpace, actionSpace });
    driveOne(single, env, (observation) => single.act(observation, options));
    expectSameLearning(single.save(), whole.save());
    const batched = row.make({ observationSpace, actionSpace });
    driveOne(batched, strollFor(row, kind), (observation) => {
      const actions = batched.actBatch([observation], options);
      return actions instanceof Int32Array ? actions[0] : actions;
    });
    expectSameLearning(batched.save(), whole.save());
  });

  if (row.isParallel)
    test.each(kinds.flatMap((kind) => Object.keys(FORMS).map((form) => [kind, form] as const)))(
      "a caller's own loop in three environments learns what learnSync learns: %s actions by %s",
      (kind, form) => {
        const vector = () => vectorOf(() => strollFor(row, kind), 3, "same-step");
        const whole = row.make(vector());
        whole.learnSync(STEPS);
        const env = vector();
        const { observationSpace, actionSpace } = env;
        const agent = row.make({ observationSpace, actionSpace }, { environments: 3 });
        driveSeveral(agent, env, FORMS[form]);
        expectSameLearning(agent.save(), whole.save());
        expect([agent.envSteps, agent.updates, agent.episodes]).toEqual([
          whole.envSteps,
          whole.updates,
          whole.episodes,
        ]);
      },
    );

  test("an environment behind promises gives the same run", async () => {
    const whole = row.make();
    whole.learnSync(STEPS);
    const env = strollFor(row);
    const later = {
      observationSpace: env.observationSpace,
      actionSpace: env.actionSpace,
      reset: async (options?: object) => env.reset(options),
      step: async (action: SpaceValue) => env.step(action),
    };
    const agent = row.make(later);
    await agent.learn(STEPS);
    expectSameLearning(agent.save(), whole.save());
  });

  test("learn and learnSync, in slices of any length, come to the same file", async () => {
    const whole = row.make();
    whole.learnSync(STEPS);
    const agent = row.make();
    await agent.learn(50, { sliceMs: 0 });
    await agent.learn(40, { sliceMs: 3 });
    agent.learnSync(30);
    expectSameLearning(agent.save(), whole.save());
  });

  test("the same seed gives the same weights, another seed others", async () => {
    const weights = async (seed: number): Promise<string> => {
      const agent = row.make(strollFor(row), { seed });
      agent.learnSync(60);
      return agent.weightsSha256();
    };
    const first = await weights(1);
    expect(await weights(1)).toBe(first);
    expect(await weights(2)).not.toBe(first);
    expect(await weights(2 ** 32 + 1)).not.toBe(first);
  });
});
