import { describe, expect, test } from "vitest";
import { Sarsa } from "../../../src/agents/tabular/sarsa.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { discrete } from "../../../src/space.ts";
import { tamper } from "../tamper.ts";

describe("one step at a time", () => {
  const SPACES = { observationSpace: discrete(3), actionSpace: discrete(2) };
  const OPTIONS = { stepSize: 0.5, discount: 0.9, epsilon: 0 };
  const step = { reward: 1, terminated: false, truncated: false };

  test("a step waits for the next action, and bootstraps from that one", () => {
    const agent = new Sarsa(SPACES, OPTIONS);
    agent.observe({ ...step, observation: 1, action: 1, reward: 4, nextObservation: 2, terminated: true });
    expect(agent.qValues(1)[1]).toBe(2);
    agent.observe({ ...step, observation: 0, action: 0, nextObservation: 1 });
    expect(agent.updates).toBe(1);
    // The greedy action in state 1 is 1, worth 2; taken is 0, worth 0.
    agent.observe({ ...step, observation: 1, action: 0, nextObservation: 2 });
    expect(agent.qValues(0)[0]).toBe(0.5);
    expect(agent.updates).toBe(2);
  });

  test("truncation draws the action that would have come; termination bootstraps from nothing", () => {
    const agent = new Sarsa(SPACES, OPTIONS);
    agent.observe({ ...step, observation: 1, action: 1, reward: 4, nextObservation: 2, terminated: true });
    agent.observe({ ...step, observation: 0, action: 0, nextObservation: 1, truncated: true });
    expect(agent.qValues(0)[0]).toBeCloseTo(0.5 * (1 + 0.9 * 2), 12);
    agent.observe({ ...step, observation: 0, action: 1, nextObservation: 1, terminated: true });
    expect(agent.qValues(0)[1]).toBe(0.5);
    expect([agent.updates, agent.episodes]).toEqual([3, 3]);
  });

  test("a step that starts elsewhere does not lend its action to the one that waits", () => {
    const agent = new Sarsa(SPACES, OPTIONS);
    agent.observe({ ...step, observation: 1, action: 1, reward: 4, nextObservation: 2, terminated: true });
    agent.observe({ ...step, observation: 0, action: 0, nextObservation: 1 });
    agent.observe({ ...step, observation: 2, action: 0, nextObservation: 0 });
    expect(agent.qValues(0)[0]).toBeCloseTo(0.5 * (1 + 0.9 * 2), 12);
  });

  test("the step of every environment waits for that environment's next action", () => {
    const agent = new Sarsa(SPACES, { ...OPTIONS, environments: 2 });
    agent.observeBatch([
      { ...step, observation: 1, action: 1, reward: 4, nextObservation: 2, terminated: true },
      { ...step, observation: 2, action: 0, reward: 2, nextObservation: 2, terminated: true },
    ]);
    agent.observe({ ...step, observation: 0, action: 0, nextObservation: 1 });
    agent.observe({ ...step, observation: 0, action: 1, nextObservation: 2 });
    expect(agent.updates).toBe(2);
    // In state 1 the first environment takes action 0, worth 0; in state 2 the second one takes action 0, worth 1.
    agent.observe({ ...step, observation: 1, action: 0, nextObservation: 2 });
    agent.observe({ ...step, observation: 2, action: 0, nextObservation: 2 });
    expect([...agent.qValues(0)]).toEqual([0.5, 0.5 * (1 + 0.9 * 1)]);
    expect(agent.updates).toBe(4);
  });
});

test.each([
  ["a state outside the table", [16, 0, 0, 0]],
  ["an action that there is not", [0, 4, 0, 0]],
  ["a next state that is none", [0, 0, 0, -1]],
  ["a reward that is none", [0, 0, Number.NaN, 0]],
])("a waiting step with %s is refused", (_, numbers) => {
  const agent = new Sarsa(make("FrozenLake-v1"), { seed: 0 });
  agent.learnSync(1);
  const hostile = tamper(agent.save(), ({ tensors }) => (tensors.get("waiting")!.data as Float64Array).set(numbers));
  expect(() => Sarsa.load(hostile)).toThrow(CheckpointError);
});
