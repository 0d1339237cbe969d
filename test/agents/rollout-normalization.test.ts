import { describe, expect, test } from "vitest";
import type { ActionValue } from "../../src/agent.ts";
import { PPO, type PPOOptions } from "../../src/agents/policy-gradient/ppo.ts";
import type { SyncEnv, VectorEnv } from "../../src/env.ts";
import { make } from "../../src/envs/registry.ts";
import { SyncVectorEnv } from "../../src/envs/vector-env.ts";
import { RunningNormalizer } from "../../src/experience/running-normalizer.ts";
import { type Checkpoint, decodeCheckpoint } from "../../src/formats/checkpoint.ts";
import { RunningStatistics } from "../../src/running-statistics.ts";
import { discrete } from "../../src/space.ts";
import { vectorOf } from "./small-envs.ts";
import { tamper } from "./tamper.ts";

const NORMALIZED = { normalizeObservations: true, normalizeRewards: true };
const SMALL = { preset: false, network: { hidden: [16, 12] }, rolloutSteps: 16, seed: 3 } as const;
const PARTS = { epochs: 2, minibatches: 4 };
const cartPoles = (count = 4): VectorEnv => vectorOf(() => make("CartPole-v1"), count);

const ppo = (options: PPOOptions = {}): PPO => new PPO(cartPoles(), { ...SMALL, ...PARTS, ...NORMALIZED, ...options });

const tensor = ({ tensors }: Checkpoint, name: string): number[] => Array.from(tensors.get(name)!.data as Float32Array);

/** CartPole observations of ordinary sizes. */
const OBSERVATIONS = Array.from({ length: 12 }, (_, k) =>
  [Math.sin(k), 2 * Math.cos(3 * k), 0.1 * Math.sin(5 * k), 3 * Math.cos(k)].map(Math.fround),
);

describe("observations", () => {
  test("observations are acted on as the networks alone do on what the statistics make of them", () => {
    const agent = ppo();
    agent.learnSync(320);
    const policy = decodeCheckpoint(agent.save({ contents: "policy" }));
    const statistics = new RunningStatistics(4);
    const [count] = tensor(policy, "normalizer.observation.count");
    const [mean, variance] = ["mean", "variance"].map((name) => tensor(policy, `normalizer.observation.${name}`));
    expect(count).toBeCloseTo(320, 3);
    statistics.load(count, mean, variance);
    const plain = new PPO(cartPoles(), { ...SMALL, ...PARTS });
    plain.importWeights(agent.exportWeights());
    for (const observation of OBSERVATIONS) {
      const seen = new Float32Array(4);
      statistics.standardize(observation, seen, 0, 1e-8, 10);
      expect(agent.distribution(observation)).toEqual(plain.distribution(seen));
      expect(agent.distribution(observation)).not.toEqual(plain.distribution(observation));
      expect(agent.value(observation)).toBe(plain.value(seen));
      expect(agent.act(observation)).toBe(plain.act(seen));
    }
    const seen = OBSERVATIONS.map((observation) => {
      const row = new Float32Array(4);
      statistics.standardize(observation, row, 0, 1e-8, 10);
      return row;
    });
    expect(agent.actBatch(OBSERVATIONS)).toEqual(plain.actBatch(seen));
  });

  test("observations are the same to a policy file without an environment", () => {
    const agent = ppo();
    agent.learnSync(320);
    const policy = PPO.load(agent.save({ contents: "policy" }));
    for (const observation of OBSERVATIONS) {
      expect(policy.distribution(observation)).toEqual(agent.distribution(observation));
      expect(policy.value(observation)).toBe(agent.value(observation));
    }
  });

  test("observations and rewards are stored as a RunningNormalizer makes them of what the environments gave", () => {
    const agent = ppo({ rolloutSteps: 64 });
    const env = cartPoles();
    const normalizer = new RunningNormalizer(4, { ...agent.settings, environments: 4 });
    let { observation } = env.reset({ seed: 5 });
    const expected = { observation: [] as number[], nextObservation: [] as number[], reward: [] as number[] };
    const actions = new Int32Array(4);
    for (let step = 0; step < 60; step++) {
      const before = observation.slice();
      agent.actRows(before, actions);
      const result = env.step(actions);
      agent.observeRows(before, actions, result);
      const next = result.observation.slice();
      for (let e = 0; e < 4; e++) {
        if (result.terminated[e] === 0 && result.truncated[e] === 0) continue;
        next.set(result.finalObservation.subarray(4 * e, 4 * e + 4), 4 * e);
      }
      const slots = {
        observation: before,
        nextObservation: next,
        reward: Float32Array.from(result.reward),
        terminated: Float32Array.from(result.terminated),
        truncated: Float32Array.from(result.truncated),
        skipped: new Uint8Array(4),
      };
      observation = result.observation.slice();
      normalizer.includeStep(slots, 0);
      expected.observation.push(...slots.observation);
      expected.nextObservation.push(...slots.nextObservation);
      expected.reward.push(...slots.reward);
    }
    const run = decodeCheckpoint(agent.save());
    for (const [name, values] of Object.entries(expected)) expect(tensor(run, `rollout.${name}`)).toEqual(values);
    expect(Math.max(...expected.reward.slice(-4))).toBeLessThan(1);
    expect(tensor(run, "rollout.terminated").includes(1)).toBe(true);
  });

  test("observations count once when they are acted on in training, and never when a policy is evaluated", () => {
    const agent = ppo();
    agent.learnSync(64);
    const before = agent.save();
    agent.evaluateSync(() => make("CartPole-v1"), { episodes: 3 });
    agent.value(OBSERVATIONS[0]);
    agent.actBatch(OBSERVATIONS);
    expect(agent.save()).toEqual(before);
    expect(tensor(decodeCheckpoint(before), "normalizer.observation.count")[0]).toBeCloseTo(64, 3);
  });

  test("observations reach a memory normalised, too", () => {
    const agent = ppo({ recurrent: { type: "gru", units: 8 } });
    agent.learnSync(320);
    const policy = PPO.load(agent.save({ contents: "policy" }));
    const starts = OBSERVATIONS.map((_, k) => k === 0);
    const actions = (one: PPO): ActionValue[] =>
      OBSERVATIONS.map((observation, k) => one.act(observation, { episodeStart: starts[k] }));
    expect(actions(policy)).toEqual(actions(agent));
    expect(policy.value(OBSERVATIONS[1])).toBe(agent.value(OBSERVATIONS[1]));
  });
});

describe("a run", () => {
  test("a run that owns its loop goes on in the middle of a step", () => {
    const spaces = { observationSpace: make("CartPole-v1").observationSpace, actionSpace: discrete(2) };
    const options = { ...SMALL, ...PARTS, ...NORMALIZED, environments: 3 };
    const step = (agent: PPO, k: number): void => {
      const observation = OBSERVATIONS[k % 12];
      const action = agent.act(observation, { explore: true });
      agent.observe({
        observation,
        action,
        reward: k % 5,
        nextObservation: OBSERVATIONS[(k + 3) % 12],
        terminated: k % 7 === 0,
        truncated: false,
      });
      agent.update();
    };
    const whole = new PPO(spaces, options);
    let resumed = new PPO(spaces, options);
    for (let k = 0; k < 200; k++) {
      step(whole, k);
      if (k === 100) resumed = PPO.load(resumed.save());
      step(resumed, k);
    }
    expect(whole.updates).toBeGreaterThan(8);
    expect(resumed.save()).toEqual(whole.save());
  });

  test("the returns of episodes that are forgotten end", () => {
    let steps = 0;
    const failing = (): SyncEnv => {
      const env: SyncEnv = make("CartPole-v1");
      const { observationSpace, actionSpace } = env;
      const step: SyncEnv["step"] = (action) => {
        if (steps++ === 12) throw new Error("power cut");
        return env.step(action);
      };
      return { observationSpace, actionSpace, reset: (options) => env.reset(options), step };
    };
    const agent = new PPO(vectorOf(failing, 2), { ...SMALL, ...PARTS, ...NORMALIZED });
    const traces = (): number[] => tensor(decodeCheckpoint(agent.save()), "normalizer.traces");
    agent.learnSync(12);
    expect(traces().every((trace) => trace > 1)).toBe(true);
    expect(() => agent.learnSync(12)).toThrow("power cut");
    expect(traces()).toEqual([0, 0]);
  });

  test("resets that are steps of their own have no part in the statistics", () => {
    const env = new SyncVectorEnv(() => make("CartPole-v1"), { count: 4, autoresetMode: "next-step" });
    const agent = new PPO(env, { ...SMALL, ...PARTS, ...NORMALIZED });
    agent.learnSync(320);
    expect(agent.episodes).toBeGreaterThan(4);
    const { tensors } = decodeCheckpoint(agent.save());
    const [count] = tensors.get("normalizer.observation.count")!.data as Float64Array;
    expect(count).toBeCloseTo(agent.envSteps, 3);
  });

  test("a run without normalisation keeps no statistics", () => {
    const { tensors } = decodeCheckpoint(ppo({ normalizeObservations: false, normalizeRewards: false }).save());
    expect([...tensors.keys()].filter((name) => name.startsWith("normalizer"))).toEqual([]);
  });
});

describe("errors", () => {
  test("wrong options are told by name", () => {
    expect(() => ppo({ normalizeObservations: { clip: 0 } })).toThrow(
      "PPO: normalizeObservations.clip expected a number above 0, got 0. Common: 10.",
    );
    expect(() => ppo({ normalizeRewards: 1 as never })).toThrow(
      "PPO: normalizeRewards expected true, false or options, got 1. Pass true for { clip: 10, epsilon: 1e-8 }.",
    );
    expect(() => new PPO(make("FrozenLake-v1"), { normalizeObservations: true })).toThrow(
      'PPO: normalizeObservations expected a Box to observe, got "discrete". Leave it out: such observations reach a network one-hot.',
    );
  });

  test("exploring a batch in the middle of a step is refused", () => {
    const agent = ppo();
    const batch = OBSERVATIONS.slice(0, 4);
    const [action] = agent.actBatch(batch, { explore: true });
    agent.observe({
      observation: batch[0],
      action,
      reward: 1,
      nextObservation: batch[1],
      terminated: false,
      truncated: false,
    });
    expect(() => agent.actBatch(batch, { explore: true })).toThrow(
      "actBatch: transitions expected whole steps of 4 environments, got a step of which 1 are observed. Observe the others first.",
    );
  });

  test("a file without its statistics is refused", () => {
    const agent = ppo();
    agent.learnSync(64);
    const bytes = tamper(agent.save({ contents: "policy" }), ({ tensors }) => {
      tensors.delete("normalizer.observation.mean");
    });
    expect(() => PPO.load(bytes)).toThrow("normalizer.observation.mean");
  });
});
