import { expect, test } from "vitest";
import { A2C, type A2COptions } from "../../../src/agents/policy-gradient/a2c.ts";
import { A2C_PRESETS } from "../../../src/agents/policy-gradient/a2c-presets.ts";
import type { VectorEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";
import { box, discrete } from "../../../src/space.ts";
import { expectClose } from "../../conformance/compare.ts";
import { ChainEnv, vectorOf } from "../small-envs.ts";
import { type Weights, weightsOf } from "../weights-of.ts";

const SPACES = { observationSpace: box(-1, 1, [2]), actionSpace: discrete(3) };
const cartPoles = (): VectorEnv => vectorOf(() => make("CartPole-v1"), 4);

test("one update moves the weights as a naive float64 twin does", () => {
  const [discount, entropyCoefficient, valueCoefficient] = [0.9, 0.05, 0.3];
  const agent = new A2C(SPACES, {
    preset: false,
    rolloutSteps: 5,
    discount,
    entropyCoefficient,
    valueCoefficient,
    maxGradientNorm: null,
    optimizer: "sgd",
    learningRate: 0.5,
    network: { hidden: [] },
  });
  const linear = (weights: Weights, name: string, x: readonly number[]): number[] => {
    const [W, b] = [weights.get(`${name}.0.weight`)!, weights.get(`${name}.0.bias`)!];
    return b.map((bias, o) => bias + x[0] * W[2 * o] + x[1] * W[2 * o + 1]);
  };
  const before = weightsOf(agent);
  const observations = Array.from({ length: 6 }, (_, k) => [Math.fround(Math.sin(k)), Math.fround(Math.cos(k))]);
  const actions: number[] = [];
  const rewards = [1, -2, 0.5, 3, 1];
  for (let k = 0; k < 5; k++) {
    actions.push(agent.act(observations[k], { explore: true }) as number);
    agent.observe({
      observation: observations[k],
      action: actions[k],
      reward: rewards[k],
      nextObservation: observations[k + 1],
      terminated: k === 1,
      truncated: false,
    });
  }
  // Returns to the end of the episode or rollout.
  const value = (x: readonly number[]): number => linear(before, "value", x)[0];
  const returns = new Array<number>(5);
  for (let k = 4, G = value(observations[5]); k >= 0; k--) {
    G = rewards[k] + (k === 1 ? 0 : discount * G);
    returns[k] = G;
  }
  const advantage = returns.map((G, k) => G - value(observations[k]));
  const loss = (weights: Weights): number =>
    observations.slice(0, 5).reduce((sum, x, k) => {
      const logits = linear(weights, "policy", x);
      const all = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
      const logs = logits.map((logit) => logit - all);
      const entropy = -logs.reduce((total, log) => total + Math.exp(log) * log, 0);
      const error = linear(weights, "value", x)[0] - returns[k];
      const gain = advantage[k] * logs[actions[k]] + entropyCoefficient * entropy;
      return sum + (valueCoefficient * error * error - gain) / 5;
    }, 0);
  expect(agent.update()).toBe(1);
  const after = weightsOf(agent);
  for (const [name, numbers] of before) {
    const expected = numbers.map((number, i) => {
      const at = (moved: number): number => loss(new Map(before).set(name, numbers.with(i, moved)));
      return number - (0.5 * (at(number + 1e-6) - at(number - 1e-6))) / 2e-6;
    });
    expectClose(name, after.get(name)!, expected, 1e-5);
  }
});

test("in a chain of two states the best actions and their values are learned", () => {
  // As in the tests of DQN: V* = 2.3684, 2.6316 with actions 1, 0.
  const chain = (): ChainEnv =>
    new ChainEnv(2, 2, 10, (state, action) => {
      if (state === 0) return { next: action, reward: 0, terminated: false };
      return action === 0 ? { next: 0, reward: 0.5, terminated: false } : { next: 1, reward: 2, terminated: true };
    });
  const agent = new A2C(vectorOf(chain, 8), {
    totalSteps: 40_000,
    discount: 0.9,
    network: { hidden: [] },
    optimizer: "adam",
    learningRate: { type: "linear", from: 0.03, to: 0 },
  });
  agent.learnSync(40_000);
  expect([agent.act(0), agent.act(1)]).toEqual([1, 0]);
  expect(Math.abs(agent.value(0) / 2.3684 - 1)).toBeLessThan(0.02);
  expect(Math.abs(agent.value(1) / 2.6316 - 1)).toBeLessThan(0.02);
});

test("a rollout is learned from once", () => {
  const agent = new A2C(cartPoles(), { preset: false });
  expect(agent.learnSync(200).updates).toBe(10);
  expect(agent.settings.optimizer).toEqual({ type: "rmsprop", form: "tensorflow", alpha: 0.99, epsilon: 1e-5 });
});

test.each([
  [{ epochs: 2 }, 'A2C: option expected a known name, got "epochs".'],
  [{ minibatches: 2 }, 'A2C: option expected a known name, got "minibatches".'],
  [{ clip: 0.2 }, 'A2C: option expected a known name, got "clip".'],
  [{ valueCoefficient: -1 }, "A2C: valueCoefficient expected a number at least 0"],
  [
    { optimizer: { type: "rmsprop", form: "keras" } },
    'A2C: optimizer.form expected "pytorch" or "tensorflow", got "keras". Leave it out for PyTorch\'s.',
  ],
  [{ optimizer: { type: "adam", form: "tensorflow" } }, 'A2C: optimizer: option expected a known name, got "form".'],
] as [A2COptions, string][])("options %o are refused", (options, message) => {
  expect(() => new A2C(SPACES, options)).toThrow(message);
});

test("presets are valid, for their environments", () => {
  for (const [id, { source, options }] of Object.entries(A2C_PRESETS)) {
    expect(source).not.toBe("");
    const count = A2C.environments(make(id));
    expect(count).toBe(options.environments);
    expect(new A2C(vectorOf(() => make(id), count)).settings.totalSteps).toBe(options.totalSteps);
  }
});
