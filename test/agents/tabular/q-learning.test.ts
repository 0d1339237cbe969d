import { describe, expect, test } from "vitest";
import { QLearning } from "../../../src/agents/tabular/q-learning.ts";
import { DeepSea } from "../../../src/envs/diagnostics/deep-sea.ts";
import { make } from "../../../src/envs/registry.ts";
import { DivergenceError } from "../../../src/errors.ts";
import { discrete } from "../../../src/space.ts";
import { tamper } from "../tamper.ts";

const SPACES = { observationSpace: discrete(3), actionSpace: discrete(2) };

test.each([0, 1, 2])("values above all returns dive to DeepSea's treasure, values of 0 never: seed %i", (seed) => {
  // 2^10 dives for one that goes right by chance; a table that hopes has to try each of its 110 steps a few times.
  const dive = (initialValue: number): number => {
    const env = new DeepSea({ size: 10, mappingSeed: seed, observation: "index" });
    const agent = new QLearning(env, { seed, stepSize: 1, initialValue, epsilon: 0 });
    agent.learnSync(300 * 10);
    return agent.evaluateSync(() => new DeepSea({ size: 10, mappingSeed: seed, observation: "index" }), { episodes: 1 })
      .mean;
  };
  expect(dive(1)).toBeCloseTo(0.99, 9);
  expect(dive(0)).toBeLessThanOrEqual(0);
});

test("values follow the definition by hand in terminated, truncated and running steps", () => {
  const agent = new QLearning(SPACES, { stepSize: 0.5, discount: 0.9, initialValue: 1 });
  const step = (reward: number, terminated: boolean, truncated: boolean): void =>
    agent.observe({ observation: 0, action: 1, reward, nextObservation: 1, terminated, truncated });
  step(2, false, false); // 1 + 0.5 (2 + 0.9 x 1 - 1)
  expect(agent.qValues(0)[1]).toBeCloseTo(1.95, 12);
  step(2, false, true); // 1.95 + 0.5 (2.9 - 1.95): truncated bootstraps
  expect(agent.qValues(0)[1]).toBeCloseTo(2.425, 12);
  step(2, true, true); // 2.425 + 0.5 (2 - 2.425): terminated does not, even when both are set
  expect(agent.qValues(0)[1]).toBeCloseTo(2.2125, 12);
  expect([agent.envSteps, agent.updates, agent.episodes]).toEqual([3, 3, 2]);
});

test("a value moves by 1 / N^exponent at the N-th visit", () => {
  const agent = new QLearning(SPACES, { stepSize: { type: "visits", exponent: 1 }, initialValue: 7 });
  for (const reward of [1, 2, 6]) {
    agent.observe({ observation: 0, action: 0, reward, nextObservation: 1, terminated: true, truncated: false });
  }
  expect(agent.qValues(0)[0]).toBeCloseTo(3, 12);
});

test("update has nothing left to do and returns 0", () => {
  expect(new QLearning(SPACES).update({ maxUpdates: 5 })).toBe(0);
});

test("MultiDiscrete observations are numbered, all states of Blackjack differently", () => {
  const agent = new QLearning(make("Blackjack-v1"));
  expect(agent.memory().parameters).toBe(32 * 11 * 2 * 2 * 8);
  const seen = { observation: [12, 3, 1], action: 1, reward: 1, nextObservation: [0, 0, 0] };
  agent.observe({ ...seen, terminated: true, truncated: false });
  expect([...agent.qValues([12, 3, 1])]).toEqual([0, 1]);
  for (const other of [
    [12, 3, 0],
    [12, 4, 1],
    [13, 3, 1],
  ]) {
    expect([...agent.qValues(other)]).toEqual([0, 0]);
  }
});

test("Discrete spaces may start anywhere", () => {
  const agent = new QLearning({ observationSpace: discrete(2, 5), actionSpace: discrete(3, -1) });
  const step = { observation: 6, action: 1, reward: 4, nextObservation: 5, terminated: true, truncated: false };
  agent.observe(step);
  expect(agent.act(6)).toBe(1);
  expect(agent.act(5)).toBe(-1);
});

test("greedy ties go to the first action, or the first that a mask allows", () => {
  const agent = new QLearning({ observationSpace: discrete(1), actionSpace: discrete(4) }, { epsilon: 1 });
  expect(agent.act(0)).toBe(0);
  expect(agent.act(0, { mask: [0, 0, 1, 1] })).toBe(2);
});

describe("errors", () => {
  const badOptions: [string, object, string][] = [
    [
      "a step size of 0",
      { stepSize: 0 },
      'QLearning: stepSize expected a number above 0 and at most 1, got 0. Or { type: "visits", exponent: 0.6 }.',
    ],
    [
      "an exponent of 0.5",
      { stepSize: { type: "visits", exponent: 0.5 } },
      "QLearning: stepSize.exponent expected a number above 0.5 and at most 1, got 0.5. 0.6 is a good one.",
    ],
    [
      "an unknown rule",
      { stepSize: { type: "linear" } },
      'QLearning: stepSize.type expected "visits", got "linear". Or give a number.',
    ],
    [
      "a discount above 1",
      { discount: 1.5 },
      "QLearning: discount expected a number at least 0 and at most 1, got 1.5. It is gamma.",
    ],
    [
      "an infinite start",
      { initialValue: Infinity },
      "QLearning: initialValue expected a number, got Infinity. Set options.initialValue.",
    ],
    [
      "a negative epsilon",
      { epsilon: -1 },
      "QLearning: epsilon expected a number at least 0 and at most 1, got -1. Give a number or a schedule (linear, exponential, per-episode).",
    ],
  ];
  test.each(badOptions)("%s is refused", (_, options, message) => {
    expect(() => new QLearning(SPACES, options)).toThrow(message);
  });

  test("tables without end are refused", () => {
    expect(() => new QLearning({ observationSpace: discrete(2 ** 40), actionSpace: discrete(4) })).toThrow(
      new RangeError("QLearning: table expected at most 16777216 states, got 1099511627776. Use DQN."),
    );
    expect(() => new QLearning({ observationSpace: discrete(2 ** 24), actionSpace: discrete(5) })).toThrow(
      new RangeError("QLearning: table expected at most 67108864 entries, got 16777216 states x 5 actions. Use DQN."),
    );
  });

  test("a run stops before values overflow, and changes nothing", () => {
    const good = { observation: 0, action: 1, reward: 1, nextObservation: 1, terminated: false, truncated: false };
    const agent = new QLearning(SPACES, { stepSize: 1, discount: 1, initialValue: 1.7e308 });
    agent.observe({ ...good, reward: -1, terminated: true });
    const huge = tamper(agent.save(), ({ tensors }) => (tensors.get("q")!.data as Float64Array).set([-1.7e308], 1));
    const loaded = QLearning.load(huge);
    expect(() => loaded.observe(good)).toThrow(
      new DivergenceError(
        "QTable: error expected a finite number, got Infinity for state 0, action 1. Scale rewards down, or choose a discount below 1; the table is intact.",
      ),
    );
    expect(loaded.save()).toEqual(huge);
  });
});
