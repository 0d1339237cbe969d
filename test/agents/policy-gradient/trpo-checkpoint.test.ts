import { describe, expect, test } from "vitest";
import { TRPO, type TRPOOptions } from "../../../src/agents/policy-gradient/trpo.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";

const SMALL: TRPOOptions = {
  preset: false,
  totalSteps: 300,
  rolloutSteps: 8,
  epochs: 2,
  minibatches: 3,
  learningRate: { type: "linear", from: 1e-2, to: 1e-3 },
  entropyCoefficient: { type: "linear", from: 0.01, to: 0 },
  network: { hidden: [8] },
};
const cartPole = (): SyncEnv => make("CartPole-v1");
const three = (): VectorEnv => vectorOf(cartPole, 3);
const pendulums = (): VectorEnv => vectorOf(() => make("Pendulum-v1"), 3);

describe("a run that was saved and loaded goes on bit for bit", () => {
  const sets: [string, TRPOOptions, (() => SyncEnv | VectorEnv)?][] = [
    ["three environments", {}],
    ["one environment", {}, cartPole],
    ["parts of the Fisher information", { fisherSubsampling: 3 }],
    [
      "a value that is clipped by its norm, with momentum",
      { maxGradientNorm: 0.5, optimizer: { type: "sgd", momentum: 0.9 } },
    ],
    ["a Box", {}, pendulums],
    [
      "a Box, squashed, with deviations of the state",
      { distribution: { type: "gaussian", squashed: true, stateDependent: true } },
      pendulums,
    ],
    ["one-hot observations", {}, () => vectorOf(() => make("FrozenLake-v1"), 3)],
  ];
  test.each(sets)("%s", (_, options, makeEnv = three) => {
    const create = (): TRPO => new TRPO(makeEnv(), { ...SMALL, ...options, seed: 11 });
    const whole = create();
    whole.learnSync(300);
    const expected = whole.save();
    // Cut inside episodes and rollouts, and right after a round of updates.
    for (const cut of [3, 24, 150, 297]) {
      const first = create();
      first.learnSync(cut);
      const rest = TRPO.load(first.save(), { env: makeEnv() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });

  test("saved between any two updates of a round, of which the first has moved the policy", async () => {
    const whole = new TRPO(three(), SMALL);
    whole.learnSync(120);
    const first = new TRPO(three(), SMALL);
    const saved = new Map<number, Uint8Array>();
    // With slices of no time every update is a slice of its own, and timers run in between.
    const running = first.learn(120, { sliceMs: 0 });
    while (first.updates < 12) {
      await new Promise((resolve) => setImmediate(resolve));
      saved.set(first.updates, first.save());
    }
    await running;
    for (const updates of [1, 2, 3, 4, 5, 6, 7]) {
      const rest = TRPO.load(saved.get(updates)!, { env: three() });
      rest.learnSync(120 - rest.envSteps);
      expect(rest.save(), `after ${updates} updates`).toEqual(whole.save());
    }
  });

  test("also where the caller owns the loop, with masks, between an action and what came of it", () => {
    const { observationSpace, actionSpace } = cartPole();
    const drive = (agent: TRPO, from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const observation = [i / 100, 0, 0, i % 3];
        const mask = i % 4 === 0 ? [1, 0] : [1, 1];
        const action = agent.act(observation, { explore: true, mask }) as number;
        const ends = { terminated: i % 10 === 9, truncated: i % 7 === 6 };
        agent.observe({ observation, action, reward: i, nextObservation: [i / 100, 1, 0, 0], ...ends });
        agent.update();
      }
    };
    const whole = new TRPO({ observationSpace, actionSpace }, SMALL);
    drive(whole, 0, 60);
    const first = new TRPO({ observationSpace, actionSpace }, SMALL);
    drive(first, 0, 31);
    const rest = TRPO.load(first.save());
    drive(rest, 31, 60);
    expect(rest.save()).toEqual(whole.save());
  });

  test("on the other backend too", () => {
    const agent = new TRPO(three(), SMALL);
    agent.learnSync(60);
    const other = TRPO.load(agent.save(), { env: three(), backend: reference });
    other.learnSync(60);
    agent.learnSync(60);
    expect(other.save()).toEqual(agent.save());
  });
});

test("a policy acts as the agent did, anywhere, and can be trained on", () => {
  const agent = new TRPO(three(), SMALL);
  agent.learnSync(100);
  const bytes = agent.save({ contents: "policy" });
  const observation = [0.01, -0.02, 0.03, 0.04];
  for (const env of [undefined, cartPole(), vectorOf(cartPole, 5)]) {
    const policy = TRPO.load(bytes, env && { env });
    expect(policy.distribution(observation)).toEqual(agent.distribution(observation));
    expect(policy.act(observation)).toBe(agent.act(observation));
    expect(policy.memory().replay).toBe(0);
    if (env === undefined) continue;
    policy.learnSync(100);
    expect(policy.distribution(observation)).not.toEqual(agent.distribution(observation));
  }
});

describe("hostile files", () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  const changes: [string, (d: any) => void, string][] = [
    ["an unknown setting", (d) => (d.data.settings.turbo = 1), "load: settings expected valid options, got"],
    ["no trust region", (d) => (d.data.settings.targetKl = 0), "load: settings expected valid options, got"],
    [
      "a part of nothing",
      (d) => (d.data.settings.fisherSubsampling = 99),
      "load: settings expected valid options, got",
    ],
    ["a shared network", (d) => (d.data.settings.sharedNetwork = true), "load: settings expected valid options, got"],
    ["a round that is over", (d) => (d.data.updatesOfRound = 6), "load: updatesOfRound expected at most 5, got 6."],
  ];
  test.each(changes)("%s", (_, change, message) => {
    const { observationSpace, actionSpace } = cartPole();
    const agent = new TRPO({ observationSpace, actionSpace }, { ...SMALL, rolloutSteps: 6 });
    for (let k = 0; k < 6; k++) {
      const observation = [k, 0, 0, 1];
      const action = agent.act(observation, { explore: true });
      const ends = { terminated: false, truncated: false };
      agent.observe({ observation, nextObservation: observation, action, reward: 1, ...ends });
    }
    agent.update({ maxUpdates: 2 });
    const hostile = tamper(agent.save(), ({ description }) => change(description));
    expect(() => TRPO.load(hostile)).toThrow(CheckpointError);
    expect(() => TRPO.load(hostile)).toThrow(message);
  });
});
