// Several environments stepped together, in every mode of beginning new episodes: experience is what the environments saw, and no
// step leads from one episode into another.

import { describe, expect, test } from "vitest";
import type { VectorEnv } from "../../../src/env.ts";
import { decodeSafetensors } from "../../../src/formats/safetensors.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { AGENTS, type Row, strollFor, vectorOf } from "./agents.ts";
import { expectSameLearning } from "./same-file.ts";
import type { Stroll } from "./stroll.ts";

const MODES = ["same-step", "next-step", "disabled"] as const;
const STEPS = 120;
const PARALLEL = AGENTS.filter(({ isParallel }) => isParallel);

interface Vector {
  readonly env: VectorEnv;
  readonly strolls: readonly Stroll[];
}

function strolls(row: Row, count: number, mode: VectorEnv["autoresetMode"]): Vector {
  const all: Stroll[] = [];
  const create = (): Stroll => {
    const env = strollFor(row);
    all.push(env);
    return env;
  };
  return { env: vectorOf(create, count, mode), strolls: all };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** [elapsed, episode] of every stored observation, and of what followed it; slots that are no steps left out. */
function storedSteps(agent: AgentBase): { readonly before: number[]; readonly after: number[] }[] {
  const { tensors } = decodeSafetensors(agent.save());
  const numbers = (name: string): Float32Array => tensors.get(name)?.data as Float32Array;
  const prefix = tensors.has("replay.observation") ? "replay" : "rollout";
  const [before, after] = [numbers(`${prefix}.observation`), numbers(`${prefix}.nextObservation`)];
  const skipped = numbers("rollout.skipped");
  const parts = (rows: Float32Array, k: number): number[] => [rows[3 * k + 1] * 8, rows[3 * k + 2]];
  return Array.from({ length: after.length / 3 }, (_, k) => ({
    before: parts(before, k),
    after: parts(after, k),
  })).filter((_, k) => !skipped?.[k]);
}

describe.each(PARALLEL)("$name", (row) => {
  describe.each([1, 3])("in a vector of %i", (count) => {
    test.each(MODES)("steps and episodes are those that the environments saw: mode %s", (mode) => {
      const { env, strolls: all } = strolls(row, count, mode);
      const agent = row.make(env);
      const run = agent.learnSync(STEPS);
      expect(agent.envSteps).toBe(sum(all.map(({ seen }) => seen.steps)));
      expect(agent.episodes).toBe(sum(all.map(({ seen }) => seen.ended)));
      expect([run.envSteps, run.episodes]).toEqual([agent.envSteps, agent.episodes]);
      expect(run.episodeReturns).toHaveLength(run.episodes);
      expect(Math.max(...run.episodeLengths)).toBeLessThanOrEqual(9);
      expect(Math.min(...run.episodeLengths)).toBeGreaterThanOrEqual(4);
      // Ended episodes are followed by a reset, but perhaps the last ones.
      const resets = sum(all.map(({ seen }) => seen.resets)) - count;
      expect(agent.episodes - resets).toBeGreaterThanOrEqual(0);
      expect(agent.episodes - resets).toBeLessThanOrEqual(mode === "next-step" ? count : 0);
    });

    if (row.hasNetworks)
      test.each(MODES)("no stored step leads into another episode: mode %s", (mode) => {
        const agent = row.make(strolls(row, count, mode).env);
        const { nStep = 1 } = agent.settings as { readonly nStep?: number };
        for (let times = 0; times < 3; times++) {
          agent.learnSync(count * 13);
          for (const { before, after } of storedSteps(agent)) {
            expect(after[0]).toBeGreaterThan(before[0]);
            expect(after[0]).toBeLessThanOrEqual(before[0] + nStep);
            expect(after[1]).toBe(before[1]);
          }
        }
        expect(storedSteps(agent).length).toBeGreaterThan(0);
      });

    test("what is learned is the same whether episodes begin in the step or by resets of their own", () => {
      const [within, apart] = (["same-step", "disabled"] as const).map((mode) => {
        const agent = row.make(strolls(row, count, mode).env);
        agent.learnSync(STEPS);
        return agent.save();
      });
      expectSameLearning(apart, within);
    });
  });

  test.each(["same-step", "disabled"] as const)("a vector of one is the environment alone: mode %s", (mode) => {
    const alone = row.make();
    alone.learnSync(STEPS);
    const agent = row.make(strolls(row, 1, mode).env);
    agent.learnSync(STEPS);
    expectSameLearning(agent.save(), alone.save());
  });

  test("the number of environments is the vector's own, and no other is accepted", () => {
    const { env } = strolls(row, 3, "same-step");
    expect(row.make(env).settings.environments).toBe(3);
    expect(row.make(env, { environments: 3 }).settings.environments).toBe(3);
    expect(() => row.make(env, { environments: 2 })).toThrow(
      `${row.name}: environments expected 3, the size of the vector environment, got 2. Leave it out, or pass a vector environment of as many.`,
    );
    expect(() => row.make(strollFor(row), { environments: 2 })).toThrow(
      `${row.name}: environments expected 1 with a single environment, got 2. Leave it out, or pass a vector environment of as many.`,
    );
  });
});

describe.each(PARALLEL.filter(({ agent }) => agent.about.learnsFrom === "steps" && "capacity" in agent.about.fields))(
  "$name",
  (row) => {
    test.each(MODES)(
      "updates are those of the multiples passed, whatever the number of environments: mode %s",
      (mode) => {
        for (const count of [1, 2, 5]) {
          const options = { nStep: 1, warmupSteps: 0, batchSize: 1, trainIntervalSteps: 3, updatesPerTrain: 2 };
          const agent = row.make(strolls(row, count, mode).env, options);
          for (const steps of [count, 7, 50]) {
            agent.learnSync(steps);
            expect(agent.updates, `${count} environments, ${agent.envSteps} steps`).toBe(
              Math.floor(agent.envSteps / 3) * 2,
            );
          }
        }
      },
    );
  },
);

describe.each(PARALLEL.filter(({ agent }) => agent.about.learnsFrom === "rollouts"))("$name", (row) => {
  test.each(["same-step", "disabled"] as const)(
    "every full rollout is learned from once, in one round: mode %s",
    (mode) => {
      const agent = row.make(strolls(row, 3, mode).env);
      const {
        rolloutSteps,
        epochs = 1,
        minibatches = 1,
      } = agent.settings as {
        readonly rolloutSteps?: number;
        readonly epochs?: number;
        readonly minibatches?: number;
      };
      agent.learnSync(STEPS);
      expect(agent.updates).toBe(Math.floor(agent.envSteps / (3 * rolloutSteps!)) * epochs * minibatches);
    },
  );
});

describe.each(AGENTS.filter(({ isParallel }) => !isParallel))("$name", (row) => {
  test("several environments are refused, with what to pass", () => {
    const message = `${row.name}: environments expected 1, got 3. It learns from whole episodes: pass a single environment.`;
    expect(() => row.make(strolls(row, 3, "same-step").env)).toThrow(message);
    const { observationSpace, actionSpace } = strollFor(row);
    expect(() => row.make({ observationSpace, actionSpace }, { environments: 3 })).toThrow(message);
  });
});
