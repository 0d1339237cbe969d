import { expect, test } from "vitest";
import { Sarsa } from "../../../src/agents/tabular/sarsa.ts";
import { SARSA_PRESETS } from "../../../src/agents/tabular/sarsa-presets.ts";
import { make } from "../../../src/envs/registry.ts";
import { epsilonGreedyQ, epsilonGreedyValue, optimalQ, startMean, tabular } from "../exact-values.ts";

const DISCOUNT = 0.99;
/** Sarsa's own noise at the step sizes that the presets end with: within 2 % on seeds 0 to 2, 3.3 % the worst of CliffWalking. */
const VALUE_TOLERANCE = 0.04;

test.each([
  { id: "FrozenLake-v1", options: {} },
  { id: "FrozenLake-v1", options: { isSlippery: false } },
  { id: "CliffWalking-v1", options: {} },
])("the start of $id $options has the value of its own epsilon-greedy policy within 4 %", ({ id, options }) => {
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

test("the policy keeps away from the cliff: its greedy path is longer than the shortest of 13", () => {
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
