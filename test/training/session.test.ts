// One environment's session is tested through the loop, in trainable-agent.test.ts; here are several stepped together.

import { describe, expect, test, vi } from "vitest";
import { DQN } from "../../src/agents/deep-q/dqn.ts";
import { PQN, type PQNOptions } from "../../src/agents/deep-q/pqn.ts";
import { QLearning } from "../../src/agents/tabular/q-learning.ts";
import type { Callback, RunView } from "../../src/agent.ts";
import type { SyncEnv } from "../../src/env.ts";
import { make } from "../../src/envs/registry.ts";
import { box, discrete } from "../../src/space.ts";
import { vectorOf } from "../agents/small-envs.ts";

const OPTIONS: PQNOptions = { preset: false, rolloutSteps: 4, epochs: 2, minibatches: 3, network: { hidden: [4] } };

/** Pays `index` + 1 a step and truncates every `lengths[index]` steps; observes its index and the steps of its episode. */
function counting(lengths: readonly number[], fails?: (index: number) => void): (index: number) => SyncEnv {
  return (index) => {
    let elapsed = 0;
    const observation = (): number[] => [index, elapsed];
    return {
      observationSpace: box(-100, 100, [2]),
      actionSpace: discrete(2),
      reset: () => {
        elapsed = 0;
        return { observation: observation(), info: {} };
      },
      step: () => {
        fails?.(index);
        elapsed++;
        const truncated = elapsed === lengths[index];
        return { observation: observation(), reward: index + 1, terminated: false, truncated, info: {} };
      },
      saveState: () => elapsed,
      loadState: (state) => {
        elapsed = state as number;
      },
    };
  };
}
const agentFor = (lengths: readonly number[], options: PQNOptions = {}): PQN =>
  new PQN(vectorOf(counting(lengths), lengths.length), { ...OPTIONS, ...options });

describe("several environments stepped together", () => {
  test("count transitions of all; returns, lengths and ends are each episode's own", () => {
    const agent = agentFor([2, 3, 100]);
    const run = agent.learnSync(18);
    expect([run.envSteps, agent.envSteps, run.episodes, agent.episodes]).toEqual([18, 18, 5, 5]);
    // Step 2 ends environment 0, step 3 environment 1, step 4 environment 0, step 6 both.
    expect(run.episodeReturns).toEqual([2, 6, 2, 2, 6]);
    expect(run.episodeLengths).toEqual([2, 3, 2, 2, 3]);
    // Transition 3 t + e + 1 is that of environment e in step t.
    expect(run.episodeEnds).toEqual([4, 8, 10, 16, 17]);
  });

  test("make whole steps: a run ends with the first that reaches its number", () => {
    const agent = agentFor([5, 5, 5]);
    expect(agent.learnSync(7).envSteps).toBe(9);
    expect(agent.learnSync(1)).toMatchObject({ envSteps: 3, stopped: "completed" });
    expect(agent.envSteps).toBe(12);
  });

  test("call onStep once when the count reaches or passes a multiple, onEpisodeEnd once per ended episode", async () => {
    const calls: string[] = [];
    const record = (name: string, everySteps: number): Callback => ({
      name,
      everySteps,
      onStep: (run) => void calls.push(`${name} ${run.envSteps}`),
      onEpisodeEnd: async (run) =>
        void calls.push(`${name} episode ${run.episodes}: ${run.lastReturn} in ${run.lastLength} at ${run.envSteps}`),
    });
    await agentFor([2, 2, 4]).learn(12, { callbacks: [record("a", 4), record("b", 100)] });
    expect(calls).toEqual([
      // 3 passes none, 6 passes 4, 9 passes 8, 12 is one.
      "a episode 1: 2 in 2 at 6",
      "b episode 1: 2 in 2 at 6",
      "a episode 2: 4 in 2 at 6",
      "b episode 2: 4 in 2 at 6",
      "a 6",
      "a 9",
      "a episode 3: 2 in 2 at 12",
      "b episode 3: 2 in 2 at 12",
      "a episode 4: 4 in 2 at 12",
      "b episode 4: 4 in 2 at 12",
      "a episode 5: 12 in 4 at 12",
      "b episode 5: 12 in 4 at 12",
      "a 12",
    ]);
  });

  test("call onStep once where a step passes several multiples, and every step without everySteps", () => {
    const count = { often: 0, always: 0 };
    const callbacks: Callback[] = [
      { name: "often", everySteps: 2, onStep: () => void count.often++ },
      { name: "always", onStep: () => void count.always++ },
    ];
    agentFor([9, 9, 9, 9, 9]).learnSync(50, { callbacks });
    expect(count).toEqual({ often: 10, always: 10 });
  });

  test("make a round of updates before the hooks of the step that filled the rollout", () => {
    const seen: [number, number][] = [];
    const count = (run: RunView): void => void seen.push([run.envSteps, run.updates]);
    agentFor([9, 9]).learnSync(18, { callbacks: [{ name: "count", onStep: count }] });
    const updates = [0, 0, 0, 6, 6, 6, 6, 12, 12];
    expect(seen).toEqual(updates.map((made, i) => [2 * (i + 1), made]));
  });

  test("stop when the signal or a callback says so, after the hooks of the step", async () => {
    const controller = new AbortController();
    const agent = agentFor([9, 9, 9]);
    const abort: Callback = { name: "abort", everySteps: 20, onStep: () => controller.abort() };
    expect((await agent.learn(1e6, { signal: controller.signal, callbacks: [abort] })).stopped).toBe("aborted");
    expect(agent.envSteps).toBe(21);
    const stop: Callback = { name: "stop", onEpisodeEnd: (run) => run.stop("seen one") };
    expect(await agent.learn(1e6, { callbacks: [stop] })).toMatchObject({ stopped: "callback", reason: "seen one" });
    expect(agent.envSteps).toBe(27);
  });

  test("report progress with the mean of all episodes, and no time left at the end", () => {
    let last: unknown;
    agentFor([2, 2, 4]).learnSync(10, { onProgress: (progress) => (last = progress) });
    expect(last).toMatchObject({ envSteps: 12, targetSteps: 10, etaSeconds: 0, meanReturn: 4.8, lastReturn: 12 });
  });

  test("let the event loop run between slices", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await agentFor([50, 60, 70]).learn(6000, { sliceMs: 2 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  test("start with seeds of their own, and go on without", () => {
    const env = vectorOf(counting([3, 3]), 2);
    const reset = vi.spyOn(env, "reset");
    const agent = new PQN(env, { ...OPTIONS, seed: 40 });
    agent.learnSync(20);
    agent.learnSync(20);
    expect(reset.mock.calls).toEqual([[{ seed: 40 }]]);
  });
});

test("a checkpoint in mid-episode goes on with every environment's observation, return and length", () => {
  const whole = agentFor([7, 5, 11]);
  const run = whole.learnSync(90);
  for (const cut of [3, 30, 48, 87]) {
    const first = agentFor([7, 5, 11]);
    const before = first.learnSync(cut);
    const rest = PQN.load(first.save(), { env: vectorOf(counting([7, 5, 11]), 3) });
    const after = rest.learnSync(90 - cut);
    expect([...before.episodeReturns, ...after.episodeReturns]).toEqual(run.episodeReturns);
    expect([...before.episodeLengths, ...after.episodeLengths]).toEqual(run.episodeLengths);
    expect([...before.episodeEnds, ...after.episodeEnds]).toEqual(run.episodeEnds);
    expect(rest.save(), `cut after ${cut}`).toEqual(whole.save());
  }
});

test("when one of them throws, the run stops, and goes on in new episodes of all: some had made the step", () => {
  let calls = 0;
  const fails = (index: number): void => {
    calls++;
    if (calls === 11) throw new Error(`power cut at ${index}`);
  };
  const env = vectorOf(counting([50, 50, 50], fails), 3);
  const agent = new PQN(env, { ...OPTIONS, rolloutSteps: 8 });
  expect(() => agent.learnSync(90)).toThrow("power cut at 1");
  expect(agent.envSteps).toBe(9);
  const run = agent.learnSync(150);
  expect(run.envSteps).toBe(150);
  // 50 steps of each after the restart; the three that were made before belong to no episode that ends.
  expect(run.episodeLengths).toEqual([50, 50, 50]);
});

describe("agents that learn from one environment", () => {
  test.each([
    ["DQN", () => new DQN(vectorOf(() => make("CartPole-v1"), 2))],
    ["QLearning", () => new QLearning(vectorOf(() => make("FrozenLake-v1"), 2))],
  ])("refuse several: %s", (name, create) => {
    expect(create).toThrow(
      new TypeError(
        `${name}: environment expected a single one, got 2 stepped together. Pass one of them, or choose an agent that learns from rollouts, such as PQN.`,
      ),
    );
  });
});
