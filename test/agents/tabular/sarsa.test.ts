import { describe, expect, test } from "vitest";
import { Sarsa } from "../../../src/agents/tabular/sarsa.ts";
import { SARSA_PRESETS } from "../../../src/agents/tabular/sarsa-presets.ts";
import { make } from "../../../src/envs/registry.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { discrete } from "../../../src/space.ts";
import { epsilonGreedyQ, epsilonGreedyValue, optimalQ, startMean, tabular } from "../exact-values.ts";
import { tamper } from "../tamper.ts";

const DISCOUNT = 0.99;
/** Sarsa's own noise at the step sizes that the presets end with: within 2 % on seeds 0 to 2, 3.3 % the worst of CliffWalking. */
const VALUE_TOLERANCE = 0.04;

describe("exact values of its own epsilon-greedy policy, with the environment's preset", () => {
  test.each([
    { id: "FrozenLake-v1", options: {} },
    { id: "FrozenLake-v1", options: { isSlippery: false } },
    { id: "CliffWalking-v1", options: {} },
  ])("$id $options: the start's value is within 4 % of policy evaluation", ({ id, options }) => {
    const env = make(id, options);
    const agent = new Sarsa(env, { seed: 0, discount: DISCOUNT });
    agent.learnSync(SARSA_PRESETS[id].options.totalSteps!);
    const { epsilon } = agent;
    expect(epsilon).toBe(0.1);
    const table = tabular(env).transitions();
    const greedy = table.map((_, state) => agent.act(state));
    const exact = epsilonGreedyQ(table, DISCOUNT, greedy, epsilon);
    const mean = (q: (state: number) => ArrayLike<number>): number =>
      startMean(tabular(env), (state) => epsilonGreedyValue(q(state), greedy[state], epsilon));
    const expected = mean((state) => exact[state]);
    expect(Math.abs(mean((state) => agent.qValues(state)) / expected - 1)).toBeLessThan(VALUE_TOLERANCE);
  });
});

test("keeps away from the cliff: its greedy path is longer than the shortest of 13", () => {
  const agent = new Sarsa(make("CliffWalking-v1"), { seed: 0 });
  agent.learnSync(SARSA_PRESETS["CliffWalking-v1"].options.totalSteps!);
  const { mean } = agent.evaluateSync(() => make("CliffWalking-v1", { maxEpisodeSteps: 100 }), { episodes: 1 });
  expect(mean).toBeLessThan(-13);
  expect(mean).toBeGreaterThanOrEqual(-17);
});

test("with epsilon falling to 0 Taxi's greedy policy comes within 2 % of the optimum", () => {
  const env = make("Taxi-v4");
  const agent = new Sarsa(env, { seed: 0, discount: DISCOUNT });
  agent.learnSync(SARSA_PRESETS["Taxi-v4"].options.totalSteps!);
  const table = tabular(env).transitions();
  const best = optimalQ(table, DISCOUNT);
  const greedy = table.map((_, state) => agent.act(state));
  const own = epsilonGreedyQ(table, DISCOUNT, greedy, 0);
  const optimum = startMean(tabular(env), (state) => Math.max(...best[state]));
  expect(optimum).toBeCloseTo(6.3275, 4);
  expect(startMean(tabular(env), (state) => own[state][greedy[state]])).toBeGreaterThan(0.98 * optimum);
});

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
});

describe("save and load", () => {
  test.each([1, 778, 1501])("a run cut after %i steps, a step waiting, goes on as if it had not been", (steps) => {
    const start = (): Sarsa => new Sarsa(make("FrozenLake-v1"), { seed: 3, totalSteps: 2000 });
    const whole = start();
    whole.learnSync(2000);
    const first = start();
    first.learnSync(steps);
    const rest = Sarsa.load(first.save(), { env: make("FrozenLake-v1") });
    rest.learnSync(2000 - steps);
    expect(rest.save()).toEqual(whole.save());
  });

  test.each([
    ["a state outside the table", [16, 0, 0, 0]],
    ["an action that there is not", [0, 4, 0, 0]],
    ["a next state that is none", [0, 0, 0, -1]],
    ["a reward that is none", [0, 0, Number.NaN, 0]],
  ])("refuses a waiting step with %s", (_, numbers) => {
    const agent = new Sarsa(make("FrozenLake-v1"), { seed: 0 });
    agent.learnSync(1);
    const hostile = tamper(agent.save(), ({ tensors }) => (tensors.get("waiting")!.data as Float64Array).set(numbers));
    expect(() => Sarsa.load(hostile)).toThrow(CheckpointError);
  });
});

test("refuses an unknown option, naming itself", () => {
  expect(() => new Sarsa(make("FrozenLake-v1"), { discont: 0.9 } as never)).toThrow(
    'Sarsa: option expected a known name, got "discont". Did you mean discount?',
  );
});
