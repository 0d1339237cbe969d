import { describe, expect, test } from "vitest";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { tamper } from "../tamper.ts";

const SMALL: PPOOptions = { preset: false, rolloutSteps: 8, epochs: 2, minibatches: 3, network: { hidden: [8] } };

test("exploring by a policy file plans a rollout, which greedy acting does not", () => {
  const policy = PPO.load(new PPO(make("CartPole-v1"), SMALL).save({ contents: "policy" }));
  policy.act([0, 0, 0, 0]);
  expect(policy.memory().replay).toBe(0);
  policy.act([0, 0, 0, 0], { explore: true });
  expect(policy.memory().replay).toBeGreaterThan(0);
});

describe("hostile files", () => {
  /** In the middle of a round: everything there is to damage. */
  const run = (): Uint8Array => {
    const { observationSpace, actionSpace } = make("CartPole-v1");
    const agent = new PPO({ observationSpace, actionSpace }, { ...SMALL, environments: 3, rolloutSteps: 2 });
    for (let k = 0; k < 6; k++) {
      const observation = [k, 0, 0, 1];
      const action = agent.act(observation, { explore: true, mask: [1, 1] });
      agent.observe({
        observation,
        nextObservation: observation,
        action,
        reward: 1,
        terminated: false,
        truncated: false,
      });
    }
    agent.update({ maxUpdates: 2 });
    return agent.save();
  };

  // biome-ignore lint/suspicious/noExplicitAny: JSON to be changed at will
  type Change = (description: any) => void;
  const changes: [string, Change, string][] = [
    [
      "a distribution of no sense",
      (d) => (d.data.settings.distribution = { type: "gaussian" }),
      "load: settings expected",
    ],
    ["an estimator of no sense", (d) => (d.data.settings.advantage = { type: "oracle" }), "load: settings expected"],
    [
      "giant layers",
      (d) => (d.data.settings.network.hidden = [65536, 65536]),
      "load: tensor policy.0.weight expected 262144 numbers, got 32.",
    ],
    [
      "one network instead of two",
      (d) => (d.data.settings.sharedNetwork = true),
      "load: tensor policy.2.weight expected 24 numbers, got 16.",
    ],
    ["a round that is over", (d) => (d.data.updatesOfRound = 6), "load: updatesOfRound expected at most 5, got 6."],
    [
      "endless updates",
      (d) => (d.session.pendingUpdates = 7),
      "load: session.pendingUpdates expected at most 6, got 7.",
    ],
  ];
  test.each(changes)("a file with %s is refused, with what is wrong with it", (_, change, message) => {
    const hostile = tamper(run(), ({ description }) => change(description));
    expect(() => PPO.load(hostile)).toThrow(CheckpointError);
    expect(() => PPO.load(hostile)).toThrow(message);
  });

  test("numbers that the engine takes for addresses never reach it out of range", () => {
    for (const [name, value] of [
      ["rollout.action", 2],
      ["rollout.action", -1],
      ["rollout.action", Number.NaN],
      ["round.order", 6],
      ["round.order", 0.5],
    ] as const) {
      const hostile = tamper(run(), ({ tensors }) => tensors.get(name)!.data.set([value] as never, 1));
      expect(() => PPO.load(hostile), name).toThrow(CheckpointError);
    }
  });

  test("masks that allow nothing end in an error of their own", () => {
    const agent = PPO.load(tamper(run(), ({ tensors }) => (tensors.get("rollout.mask")!.data as Float32Array).fill(0)));
    expect(() => agent.update()).toThrow("PPO: policy loss expected a finite number, got NaN");
  });
});
