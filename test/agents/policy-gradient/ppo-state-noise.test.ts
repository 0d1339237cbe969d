// Policies that explore by a function of the state (gSDE): what PPO and its relatives make of it.

import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import { A2C } from "../../../src/agents/policy-gradient/a2c.ts";
import { PPO, type PPOOptions } from "../../../src/agents/policy-gradient/ppo.ts";
import { Reinforce } from "../../../src/agents/policy-gradient/reinforce.ts";
import { TRPO } from "../../../src/agents/policy-gradient/trpo.ts";
import type { SyncEnv, VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import { box } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { vectorOf } from "../small-envs.ts";
import { tamper } from "../tamper.ts";
import { type Weights, weightsOf } from "../weights-of.ts";

const [E, T, H, D] = [2, 4, 3, 2];
const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: box(-9, 9, [D]) };
const SMALL: PPOOptions = {
  preset: false,
  environments: E,
  rolloutSteps: T,
  epochs: 1,
  minibatches: 1,
  network: { hidden: [H], activation: "tanh" },
  distribution: { type: "gsde", logDeviation: -0.5, sampleEverySteps: 3 },
};
const pendulum = (): SyncEnv => make("Pendulum-v1");
const pendulums = (): VectorEnv => vectorOf(pendulum, 3);

const tensorOf = (agent: { save(): Uint8Array }, name: string): number[] =>
  Array.from(decodeSafetensors(agent.save()).tensors.get(name)!.data as Float32Array);

const observationOf = (k: number): number[] => [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))];

/** Acts and observes one by one, environments in turn. @returns what was observed */
function drive(agent: PPO, from: number, to: number): Transition[] {
  return Array.from({ length: to - from }, (_, i) => {
    const k = from + i;
    const observation = observationOf(k);
    const transition = {
      observation,
      action: Array.from(agent.act(observation, { explore: true }) as Float32Array),
      reward: ((k * 5) % 7) - 2,
      nextObservation: observationOf(k + 2),
      terminated: k % 9 === 8,
      truncated: k % 7 === 6,
    };
    agent.observe(transition);
    return transition;
  });
}

// --- a twin in float64 ---------------------------------------------------------------------------------------------------

const layer = (weights: Weights, name: string, x: readonly number[]): number[] => {
  const [W, b] = [weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!];
  return b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[o * x.length + i], bias));
};
const hidden = (weights: Weights, network: string, x: readonly number[]): number[] =>
  layer(weights, `${network}.0`, x).map(Math.tanh);
const meanOf = (weights: Weights, x: readonly number[]): number[] =>
  layer(weights, "policy.2", hidden(weights, "policy", x));
/** ln of the deviations; log_std is [H, columns], features constants. */
function logDeviationsOf(logStd: readonly number[], z: readonly number[]): number[] {
  const columns = logStd.length / z.length;
  return Array.from({ length: D }, (_, d) => {
    const variance = z.reduce((sum, x, h) => sum + x * x * Math.exp(2 * logStd[h * columns + (d % columns)]), 1e-6);
    return Math.log(variance) / 2;
  });
}
const logProbability = (u: readonly number[], mean: readonly number[], s: readonly number[]): number =>
  u.reduce((sum, x, d) => sum - (x - mean[d]) ** 2 / (2 * Math.exp(2 * s[d])) - s[d] - Math.log(2 * Math.PI) / 2, 0);

describe("acting", () => {
  test.each([false, true])(
    "an exploring action is the mean and the features times the matrix, squashed: %s",
    (squashed) => {
      const given = { type: "gsde", logDeviation: 0, squashed } as const;
      const agent = new PPO(SPACES, { ...SMALL, environments: 1, distribution: given });
      const weights = weightsOf(agent);
      for (let k = 0; k < T; k++) {
        const [{ observation, action }] = drive(agent, k, k + 1);
        const matrix = tensorOf(agent, "exploration.matrix.0");
        const z = hidden(weights, "policy", observation as number[]);
        const expected = meanOf(weights, observation as number[]).map((mean, d) => {
          const u = z.reduce((sum, x, h) => sum + x * matrix[h * D + d], mean);
          return squashed ? 9 * Math.tanh(u) : u;
        });
        expectClose("action", action as number[], expected, 2e-6);
        expect(expected.some((u) => Math.abs(u) > 0.1)).toBe(true);
      }
    },
  );

  test("the same observation leads to the same action until a matrix is drawn anew", () => {
    const agent = new PPO(SPACES, { ...SMALL, environments: 1, rolloutSteps: 8 });
    const observation = [0.5, -0.5];
    const seen: string[] = [];
    for (let step = 0; step < 11; step++) {
      const action = Array.from(agent.act(observation, { explore: true }) as Float32Array);
      // Chosen again it is the same.
      expect(Array.from(agent.act(observation, { explore: true }) as Float32Array)).toEqual(action);
      seen.push(action.join());
      agent.observe({
        observation,
        action,
        reward: 0,
        nextObservation: observation,
        terminated: step % 2 === 1,
        truncated: false,
      });
      if (step === 7) expect(agent.update({ maxUpdates: 1 })).toBe(1);
    }
    // Drawn at steps 0, 3, 6 of a rollout of 8, then at the start of the next one, whatever episodes do.
    const starts = seen.flatMap((action, step) => (step === 0 || action !== seen[step - 1] ? [step] : []));
    expect(starts).toEqual([0, 3, 6, 8]);
  });

  test("environments have matrices of their own", () => {
    const agent = new PPO(SPACES, SMALL);
    const [a, b] = [0, 1].map(() => [0.5, -0.5]);
    const rows = agent.actBatch([a, b], { explore: true }) as Float32Array;
    expect(Array.from(rows.subarray(0, D))).not.toEqual(Array.from(rows.subarray(D)));
  });

  test("a greedy action is the mean, and draws nothing", () => {
    const agent = new PPO(SPACES, SMALL);
    const before = agent.save();
    const observation = [0.25, 0.75];
    const action = agent.act(observation) as Float32Array;
    expectClose("action", action, meanOf(weightsOf(agent), observation), 2e-6);
    expect(agent.save()).toEqual(before);
  });

  test("a full rollout draws no matrix; acting goes on with the last one", () => {
    const agent = new PPO(SPACES, { ...SMALL, environments: 1, distribution: { type: "gsde", sampleEverySteps: 1 } });
    drive(agent, 0, T);
    const before = tensorOf(agent, "exploration.matrix.0");
    const [one, again] = [0, 1].map(() => Array.from(agent.act([1, 0], { explore: true }) as Float32Array));
    expect(again).toEqual(one);
    expect(tensorOf(agent, "exploration.matrix.0")).toEqual(before);
  });

  test.each([false, true])("distribution tells the deviations of actions, shared: %s", (sharedDeviations) => {
    const agent = new PPO(SPACES, { ...SMALL, distribution: { type: "gsde", logDeviation: -1, sharedDeviations } });
    const weights = weightsOf(agent);
    const observation = [0.5, -0.25];
    const { deviation } = agent.distribution(observation) as { deviation: Float32Array };
    const logStd = weights.get("policy.log_std")!;
    expect(logStd).toEqual(new Array(sharedDeviations ? H : H * D).fill(-1));
    const s = logDeviationsOf(logStd, hidden(weights, "policy", observation));
    expectClose("deviation", deviation, s.map(Math.exp), 2e-6);
  });
});

describe("one update", () => {
  test.each([
    ["of every dimension", false],
    ["shared by dimensions", true],
  ])("one update moves the weights as a naive float64 twin does, deviations %s", (_, sharedDeviations) => {
    const [discount, lambda, entropyCoefficient, valueCoefficient, learningRate] = [0.9, 0.7, 0.05, 0.4, 0.3];
    const agent = new PPO(SPACES, {
      ...SMALL,
      distribution: { type: "gsde", logDeviation: -0.5, sampleEverySteps: 3, sharedDeviations },
      discount,
      advantage: { type: "gae", lambda },
      entropyCoefficient,
      valueCoefficient,
      maxGradientNorm: null,
      optimizer: "sgd",
      learningRate,
    });
    // A first update, after which deviations differ from each other.
    drive(agent, 0, E * T);
    expect(agent.update()).toBe(1);
    const before = weightsOf(agent);
    expect(new Set(before.get("policy.log_std")).size).toBe(sharedDeviations ? H : H * D);
    const list = drive(agent, E * T, 2 * E * T);
    const observations = list.map(({ observation }) => observation as number[]);
    const value = (weights: Weights, x: readonly number[]): number =>
      layer(weights, "value.2", hidden(weights, "value", x))[0];
    const advantage = new Array<number>(E * T);
    for (let k = E * T - 1; k >= 0; k--) {
      const { nextObservation, reward, terminated, truncated } = list[k];
      const next = terminated ? 0 : discount * value(before, nextObservation as number[]);
      const isLast = terminated || truncated || k >= E * T - E;
      advantage[k] = reward + next - value(before, observations[k]);
      if (!isLast) advantage[k] += discount * lambda * advantage[k + E];
    }
    const returns = advantage.map((a, k) => a + value(before, observations[k]));
    const mean = advantage.reduce((sum, a) => sum + a, 0) / (E * T);
    const spread = Math.sqrt(advantage.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (E * T - 1));
    // Deviations see the features as they were before the step: constants to what gives them.
    const features = observations.map((x) => hidden(before, "policy", x));
    const deviations = (weights: Weights, k: number): number[] =>
      logDeviationsOf(weights.get("policy.log_std")!, features[k]);
    const logOf = (weights: Weights, k: number): number =>
      logProbability(list[k].action as number[], meanOf(weights, observations[k]), deviations(weights, k));
    const old = list.map((__, k) => logOf(before, k));
    const loss = (weights: Weights): number => {
      let sum = 0;
      for (let k = 0; k < E * T; k++) {
        const gain = (Math.exp(logOf(weights, k) - old[k]) * (advantage[k] - mean)) / (spread + 1e-8);
        const entropy = deviations(weights, k).reduce((total, s) => total + s + Math.log(2 * Math.PI * Math.E) / 2, 0);
        const error = value(weights, observations[k]) - returns[k];
        sum += (valueCoefficient * error * error - gain - entropyCoefficient * entropy) / (E * T);
      }
      return sum;
    };
    expect(agent.update()).toBe(1);
    const after = weightsOf(agent);
    for (const [name, numbers] of before) {
      const expected = numbers.map((number, i) => {
        const at = (moved: number): number => loss(new Map(before).set(name, numbers.with(i, moved)));
        return number - (learningRate * (at(number + 1e-6) - at(number - 1e-6))) / 2e-6;
      });
      expect(expected, name).not.toEqual(numbers);
      expectClose(name, after.get(name)!, expected, 2e-5);
    }
  });
});

/** Of every algorithm, in periods that end within rollouts. */
const network = { hidden: [7, 6] };
const noise = (more: object = {}) => ({ type: "gsde", logDeviation: -1, sampleEverySteps: 3, ...more }) as const;
const few = { preset: false as const, network, seed: 11, totalSteps: 300 };
const rounds = { ...few, rolloutSteps: 8, epochs: 2, minibatches: 3 };
const agents: readonly (readonly [string, () => PPO | A2C | TRPO | Reinforce])[] = [
  ["PPO", () => new PPO(pendulums(), { ...rounds, distribution: noise() })],
  ["PPO, squashed", () => new PPO(pendulum(), { ...rounds, distribution: { type: "gsde", squashed: true } })],
  [
    "PPO, deviations shared",
    () => new PPO(pendulums(), { ...rounds, sharedNetwork: true, distribution: noise({ sharedDeviations: true }) }),
  ],
  [
    "PPO with a memory",
    () => new PPO(pendulums(), { ...rounds, recurrent: { type: "gru", units: 5 }, distribution: noise() }),
  ],
  ["A2C", () => new A2C(pendulums(), { ...few, rolloutSteps: 5, distribution: noise() })],
  ["TRPO", () => new TRPO(pendulums(), { ...rounds, distribution: noise() })],
  ["REINFORCE", () => new Reinforce(pendulum(), { ...few, rolloutSteps: 50, distribution: noise() })],
];

test.each(agents)("learning moves all deviations: %s", (_, create) => {
  const agent = create();
  const before = tensorOf(agent, "policy.log_std");
  agent.learnSync(150);
  const after = tensorOf(agent, "policy.log_std");
  expect(after.every((value, k) => value !== before[k])).toBe(true);
});

test("a caller's own loop goes on bit for bit between acting and observing", () => {
  const whole = new PPO(SPACES, SMALL);
  const first = new PPO(SPACES, SMALL);
  for (const agent of [whole, first]) {
    drive(agent, 0, 3);
    agent.act(observationOf(3), { explore: true });
  }
  const rest = PPO.load(first.save());
  for (const agent of [whole, rest]) {
    for (let k = 3; k < 40; k++) {
      drive(agent, k, k + 1);
      agent.update({ maxUpdates: 1 });
    }
  }
  expect(rest.save()).toEqual(whole.save());
});

test("a policy acts as the agent did, for any number of environments, and can be trained on", () => {
  const agent = new PPO(pendulums(), { ...rounds, distribution: noise() });
  agent.learnSync(60);
  const bytes = agent.save({ contents: "policy" });
  expect([...decodeSafetensors(bytes).tensors.keys()].filter((name) => name.startsWith("exploration"))).toEqual([]);
  const observation = [0.1, 0.2, 0.3];
  for (const env of [pendulum(), vectorOf(pendulum, 5)]) {
    const policy = PPO.load(bytes, { env });
    expect(policy.distribution(observation)).toEqual(agent.distribution(observation));
    expect(policy.act(observation)).toEqual(agent.act(observation));
    policy.learnSync(120);
    expect(policy.distribution(observation)).not.toEqual(agent.distribution(observation));
  }
});

test("a file whose matrices are damaged is refused", () => {
  const agent = new PPO(pendulums(), { ...rounds, distribution: noise() });
  agent.learnSync(30);
  const bytes = agent.save();
  const hostile = tamper(bytes, ({ tensors }) =>
    tensors.get("exploration.matrix.2")!.data.set([Number.NaN] as never, 1),
  );
  expect(() => PPO.load(hostile)).toThrow(CheckpointError);
  expect(() => PPO.load(hostile)).toThrow("load: exploration.matrix.2 expected finite numbers, got");
  const unnamed = tamper(bytes, ({ tensors }) => tensors.delete("exploration.stepsLeft"));
  expect(() => PPO.load(unnamed)).toThrow("exploration.stepsLeft");
  const settings = tamper(bytes, ({ description }) => {
    description.data.settings.distribution.sampleEverySteps = 0.5;
  });
  expect(() => PPO.load(settings)).toThrow("load: settings expected valid options, got");
});

test("weights have the log_std of Stable-Baselines3 by name, [features, dimensions]", () => {
  const [one, other] = [1, 2].map((seed) => new PPO(SPACES, { ...SMALL, seed }));
  drive(one, 0, E * T);
  one.update();
  const { tensors } = decodeSafetensors(one.exportWeights());
  expect(tensors.get("policy.log_std")!.shape).toEqual([H, D]);
  other.importWeights(one.exportWeights());
  expect(other.distribution([0.1, 0.2])).toEqual(one.distribution([0.1, 0.2]));
});

describe("learning", () => {
  /** One step: the reward is the closer to 0 the closer the action comes to what the observation asks for. */
  const target = (wanted: readonly number[]): SyncEnv => ({
    observationSpace: box(-1, 1, [2]),
    actionSpace: box(-2, 2, [2]),
    reset: () => ({ observation: [1, 0], info: {} }),
    step: (action) => {
      const reward = -Array.from(action as ArrayLike<number>).reduce((sum, x, c) => sum + (x - wanted[c]) ** 2, 0);
      return { observation: [1, 0], reward, terminated: true, truncated: false, info: {} };
    },
  });

  test.each([
    ["deviations of every dimension", {}],
    ["deviations shared", { sharedDeviations: true }],
    ["squashed", { squashed: true }],
  ])("the wanted action of a Box is learned, %s", (_, more) => {
    const agent = new PPO(
      vectorOf(() => target([0.5, -1]), 8),
      {
        preset: false,
        totalSteps: 12_000,
        discount: 0,
        rolloutSteps: 32,
        epochs: 4,
        minibatches: 2,
        network: { hidden: [16] },
        learningRate: { type: "linear", from: 0.02, to: 0 },
        distribution: { type: "gsde", logDeviation: -1, sampleEverySteps: 1, ...more },
      },
    );
    const observation = [1, 0];
    const before = agent.distribution(observation) as { deviation: Float32Array };
    agent.learnSync(12_000);
    expectClose("action", agent.act(observation) as Float32Array, [0.5, -1], 0.1);
    const { deviation } = agent.distribution(observation) as { deviation: Float32Array };
    expect(Math.max(...deviation)).toBeLessThan(0.5 * Math.min(...before.deviation));
  });

  test("TRPO moves the mean to the best action, and the deviation falls", () => {
    const agent = new TRPO(
      vectorOf(() => target([0.4, 0.4]), 2),
      {
        preset: false,
        totalSteps: 12_000,
        rolloutSteps: 128,
        minibatches: 4,
        discount: 0,
        network: { hidden: [8] },
        distribution: { type: "gsde", logDeviation: -0.5, sampleEverySteps: 1 },
      },
    );
    const before = agent.distribution([1, 0]) as { deviation: Float32Array };
    agent.learnSync(12_000);
    expectClose("action", agent.act([1, 0]) as Float32Array, [0.4, 0.4], 0.1);
    const { deviation } = agent.distribution([1, 0]) as { deviation: Float32Array };
    expect(Math.max(...deviation)).toBeLessThan(0.7 * Math.min(...before.deviation));
  });
});
