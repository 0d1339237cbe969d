// A run as those see it who watch: callbacks, progress, summaries, and evaluations that disturb nothing.

import { describe, expect, test } from "vitest";
import type { Callback, Progress } from "../../../src/agent.ts";
import { EvaluationCallback } from "../../../src/training/callbacks/evaluation.ts";
import { AGENTS, strollFor, vectorOf } from "./agents.ts";
import { expectSameFile } from "./same-file.ts";

describe.each(AGENTS)("$name", (row) => {
  const env = () => strollFor(row);

  test("evaluating disturbs nothing, between runs or inside one", async () => {
    const whole = row.make();
    whole.learnSync(90);
    const between = row.make();
    between.learnSync(40);
    const before = between.save();
    const sync = between.evaluateSync(env, { episodes: 3, seed: 5 });
    expect(await between.evaluate(env, { episodes: 3, seed: 5 })).toEqual(sync);
    expectSameFile(between.save(), before);
    between.learnSync(50);
    expectSameFile(between.save(), whole.save());
    const inside = row.make();
    const evaluation = new EvaluationCallback({ env, everySteps: 20, episodes: 2 });
    await inside.learn(90, { callbacks: [evaluation] });
    expect(evaluation.history).toHaveLength(4);
    expectSameFile(inside.save(), whole.save());
  });

  test("an evaluation is the greedy policy's: returns and lengths of its episodes, each from a seed of its own", () => {
    const agent = row.make();
    agent.learnSync(60);
    const { returns, lengths, mean, min, max, episodes, envSteps } = agent.evaluateSync(env, { episodes: 4, seed: 7 });
    const played = [7, 8, 9, 10].map((seed) => {
      const one = env();
      let { observation } = one.reset({ seed });
      let total = 0;
      for (let length = 1; ; length++) {
        const step = one.step(agent.act(observation, { episodeStart: length === 1 }));
        total += step.reward;
        observation = step.observation;
        if (step.terminated || step.truncated) return { total, length };
      }
    });
    expect(returns).toEqual(played.map(({ total }) => total));
    expect(lengths).toEqual(played.map(({ length }) => length));
    expect(mean).toBeCloseTo(returns.reduce((sum, x) => sum + x) / 4, 12);
    expect([min, max, episodes]).toEqual([Math.min(...returns), Math.max(...returns), 4]);
    expect(envSteps).toBe(lengths.reduce((sum, x) => sum + x));
  });

  test.each(row.isParallel ? [1, 3] : [1])(
    "callbacks are called in order, each step's episodes before the step, after its updates: %i environments",
    async (count) => {
      const calls: string[] = [];
      let updates = 0;
      const record = (name: string, everySteps: number): Callback => ({
        name,
        everySteps,
        onStart: (run) => void calls.push(`${name} start ${run.envSteps}`),
        onStep: (run) => {
          expect(run.updates).toBeGreaterThanOrEqual(updates);
          updates = run.updates;
          calls.push(`${name} step ${run.envSteps}`);
        },
        onEpisodeEnd: async (run) =>
          void calls.push(`${name} episode ${run.episodes}: ${run.lastReturn} in ${run.lastLength}`),
        onEnd: async () => void calls.push(`${name} end`),
      });
      const agent = row.make(count === 1 ? env() : vectorOf(env, count, "same-step"));
      const run = await agent.learn(30, { callbacks: [record("a", 1), record("b", 10)] });
      const ends = run.episodeEnds.map((at) => Math.ceil(at / count) * count);
      const expected = ["a start 0", "b start 0"];
      for (let step = count; step <= 30; step += count) {
        run.episodeEnds.forEach((_, i) => {
          if (ends[i] !== step) return;
          const told = `episode ${i + 1}: ${run.episodeReturns[i]} in ${run.episodeLengths[i]}`;
          expected.push(`a ${told}`, `b ${told}`);
        });
        expected.push(`a step ${step}`);
        if (step % 10 < count) expected.push(`b step ${step}`);
      }
      expect(calls).toEqual([...expected, "a end", "b end"]);
      expect(run.episodes).toBeGreaterThan(2);
    },
  );

  test("progress is told at intervals and at the end, in numbers that the agent says of itself", async () => {
    const seen: Progress[] = [];
    const agent = row.make();
    const run = await agent.learn(60, { progressIntervalMs: 0, onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(30);
    expect(seen[0].lastReturn).toBeNaN();
    const last = seen.at(-1)!;
    const { episodes, updates, envSteps } = agent;
    expect(last).toMatchObject({ envSteps, targetSteps: 60, etaSeconds: 0, updates, episodes });
    expect(last.metrics).toEqual(agent.metrics());
    expect(Object.keys(seen[0].metrics)).toEqual(Object.keys(last.metrics));
    expect(Object.keys(last.metrics).length).toBeGreaterThan(2);
    // Nobody takes the norm of gradients that are not clipped.
    const isClipped = "maxGradientNorm" in agent.settings && agent.settings.maxGradientNorm !== null;
    for (const [name, value] of Object.entries(last.metrics)) {
      if (name !== "gradientNorm" || isClipped) expect(Number.isFinite(value), name).toBe(true);
    }
    expect(last.lastReturn).toBe(run.episodeReturns.at(-1));
    expect(last.meanReturn).toBeCloseTo(run.episodeReturns.reduce((sum, x) => sum + x, 0) / run.episodes, 12);
    const once: Progress[] = [];
    agent.learnSync(10, { progressIntervalMs: 1e6, onProgress: (progress) => once.push(progress) });
    expect(once.map(({ targetSteps }) => targetSteps)).toEqual([70]);
  });

  test("summaries of several calls add up to the agent's counts, and episodes go on from call to call", () => {
    const whole = row.make().learnSync(90);
    const agent = row.make();
    const runs = [20, 33, 37].map((steps) => agent.learnSync(steps));
    expect(runs.flatMap(({ episodeReturns }) => episodeReturns)).toEqual(whole.episodeReturns);
    expect(runs.flatMap(({ episodeLengths }) => episodeLengths)).toEqual(whole.episodeLengths);
    expect(runs.flatMap(({ episodeEnds }) => episodeEnds)).toEqual(whole.episodeEnds);
    const sums = (["envSteps", "updates", "episodes"] as const).map((what) =>
      runs.reduce((sum, run) => sum + run[what], 0),
    );
    expect(sums).toEqual([agent.envSteps, agent.updates, agent.episodes]);
    whole.episodeEnds.forEach((end, i) => {
      expect(end - (whole.episodeEnds[i - 1] ?? 0)).toBe(whole.episodeLengths[i]);
    });
  });
});
