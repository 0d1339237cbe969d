// Options of every algorithm that learns from a replay of single steps.

import { describe, expect, test } from "vitest";
import { type OffPolicyOptions, type OffPolicySettings, offPolicyFields } from "../../src/agents/off-policy-options.ts";
import { box, dict, discrete } from "../../src/space.ts";
import { readOptions } from "../../src/training/options.ts";

const FIELDS = offPolicyFields({ batchSize: 32, capacity: 1000, warmupSteps: 100, trainIntervalSteps: 4 });
const SPACES = { observationSpace: discrete(2), actionSpace: discrete(2) };
const GOALS = dict({ observation: box(-1, 1), achievedGoal: discrete(3), desiredGoal: discrete(3) });
const read = (given: OffPolicyOptions, observationSpace = SPACES.observationSpace as never): OffPolicySettings =>
  readOptions({ name: "Probe", fields: FIELDS }, { ...SPACES, observationSpace }, given);

test("defaults are the algorithm's, uniform replay of single steps and no hindsight", () => {
  expect(read({})).toEqual({
    ...{ capacity: 1000, batchSize: 32, warmupSteps: 100, trainIntervalSteps: 4, updatesPerTrain: 1 },
    ...{ nStep: 1, replay: { type: "uniform" }, hindsight: null },
  });
  expect(read({ warmupSteps: 0 }).warmupSteps).toBe(0);
});

test.each<[object, string]>([
  [{ capacity: 2e7 }, "Probe: capacity expected an integer at least 1 and at most 16777216, got 20000000."],
  [{ batchSize: 70_000 }, "Probe: batchSize expected an integer at least 1 and at most 65536, got 70000."],
  [
    { batchSize: 64, capacity: 32 },
    "Probe: batchSize expected at most the capacity of 32, got 64. Raise options.capacity.",
  ],
  [{ warmupSteps: -1 }, "Probe: warmupSteps expected an integer at least 0, got -1. Set options.warmupSteps."],
  [{ trainIntervalSteps: 0 }, "Probe: trainIntervalSteps expected an integer at least 1, got 0."],
  [{ updatesPerTrain: 0 }, "Probe: updatesPerTrain expected an integer at least 1 and at most 65536, got 0."],
  [{ nStep: 1001 }, "Probe: nStep expected an integer at least 1 and at most 1000, got 1001."],
])("%o is refused", (given, message) => {
  expect(() => read(given)).toThrow(message);
});

describe("replay", () => {
  test("by name has the paper's values, and weights that are annealed to 1", () => {
    const beta = { type: "linear", from: 0.4, to: 1 };
    expect(read({ replay: "proportional" }).replay).toEqual({ type: "proportional", alpha: 0.6, beta, epsilon: 1e-6 });
    expect(read({ replay: "rank" }).replay).toEqual({
      ...{ type: "rank", alpha: 0.7, epsilon: 1e-6 },
      beta: { ...beta, from: 0.5 },
    });
    expect(read({ replay: "uniform" }).replay).toEqual({ type: "uniform" });
  });

  test("by options has those, and the paper's beside them", () => {
    expect(read({ replay: { type: "rank", alpha: 0.5, beta: 1 } }).replay).toEqual({
      ...{ type: "rank", alpha: 0.5, beta: 1, epsilon: 1e-6 },
    });
  });

  test.each<[unknown, string]>([
    ["prioritised", 'replay expected "uniform", "proportional" or "rank", got "prioritised". Set options.replay.'],
    [0.6, 'replay expected "uniform", "proportional" or "rank", got 0.6. Set options.replay.'],
    [null, 'replay expected "uniform", "proportional" or "rank", got null. Set options.replay.'],
    [{ type: "uniform", alpha: 1 }, 'replay: option expected a known name, got "alpha". Known options: type.'],
    [{ type: "rank", alpha: 2 }, "replay: alpha expected a number at least 0 and at most 1, got 2."],
    [{ type: "rank", beta: { type: "linear", from: 0.4, to: 2 } }, "replay.beta.to expected a number at least 0 and"],
  ])("%o is refused", (replay, message) => {
    expect(() => read({ replay: replay as never })).toThrow(`Probe: ${message}`);
  });
});

describe("hindsight", () => {
  test("is read for a space with goals, whose episodes the replay holds", () => {
    expect(read({ hindsight: "future" }, GOALS as never).hindsight).toEqual({
      ...{ strategy: "future", goals: 4, maxEpisodeSteps: 1000 },
    });
    const given = { strategy: "final", maxEpisodeSteps: 50 } as const;
    expect(read({ hindsight: given, capacity: 60 }, GOALS as never).hindsight).toEqual({ ...given, goals: 1 });
    expect(() => read({ hindsight: given, capacity: 40 }, GOALS as never)).toThrow(
      "Probe: hindsight.maxEpisodeSteps expected an integer at least 1 and at most 40, got 50.",
    );
  });

  test("is refused without goals", () => {
    expect(() => read({ hindsight: "future" })).toThrow("Leave hindsight out, or pass an environment with goals.");
  });
});
