import { describe, expect, test } from "vitest";
import { type Arm, readSpec, type Tuning } from "../../src/experiments/experiment-spec.ts";
import { drawTrials, environmentsAt, type RunArms, searchTrials } from "../../src/experiments/trials.ts";
import { madeUpOutcome } from "./made-up-runs.ts";

const tuning = (search: object, json: object = {}): Tuning =>
  readSpec("s", {
    ...{ name: "t", question: "Which?", environments: ["A"], steps: 900, seeds: 2, algorithm: "dqn" },
    space: { learningRate: { type: "uniform", low: 0, high: 1 } },
    search,
    ...json,
  }) as Tuning;

/** The larger the learning rate, the better; what was asked for is noted. */
function measure(spec: Tuning, asked: [string[], number][], fails: (arm: Arm) => boolean = () => false): RunArms {
  return async (arms, share) => {
    asked.push([arms.map(({ name }) => name), Math.round(share * 900)]);
    const environments = environmentsAt(spec.environments, share);
    return environments.flatMap((environment) =>
      arms.flatMap((arm) =>
        spec.seeds.map((seed) =>
          madeUpOutcome(environment, arm, seed, fails(arm) && seed === 1 ? "no" : Number(arm.settings.learningRate)),
        ),
      ),
    );
  };
}

const rateOf = ({ settings }: Arm): number => Number(settings.learningRate);

describe("a search", () => {
  test("of halving gives the better third three times the steps, and ranks the last rung first", async () => {
    const spec = tuning({ method: "halving", trials: 9, minimumSteps: 100 });
    const asked: [string[], number][] = [];
    const { trials, outcomes } = await searchTrials(spec, measure(spec, asked));
    const byRate = drawTrials(spec)
      .flat()
      .map(({ arm }) => arm)
      .sort((a, b) => rateOf(b) - rateOf(a))
      .map(({ name }) => name);
    expect(asked.map(([names, steps]) => [names.length, steps])).toEqual([
      [9, 100],
      [3, 300],
      [1, 900],
    ]);
    expect(asked[1][0]).toEqual(byRate.slice(0, 3));
    expect(trials.map(({ arm }) => arm.name)).toEqual(byRate);
    expect(trials.map(({ share }) => Math.round(share * 9))).toEqual([9, 3, 3, 1, 1, 1, 1, 1, 1]);
    expect(outcomes).toHaveLength(26);
  });

  test("never takes on a trial of which a run failed, and ranks it last", async () => {
    const spec = tuning({ method: "halving", trials: 3, minimumSteps: 300 });
    const best = drawTrials(spec)[0]
      .map(({ arm }) => arm)
      .sort((a, b) => rateOf(b) - rateOf(a))[0].name;
    const asked: [string[], number][] = [];
    const { trials } = await searchTrials(
      spec,
      measure(spec, asked, ({ name }) => name === best),
    );
    expect(asked[1][0]).not.toContain(best);
    expect(trials.at(-1)).toMatchObject({ arm: { name: best }, score: null });
  });

  test("ends where every trial failed", async () => {
    const spec = tuning({ method: "halving", trials: 3, minimumSteps: 300 });
    const asked: [string[], number][] = [];
    const { trials } = await searchTrials(
      spec,
      measure(spec, asked, () => true),
    );
    expect(asked).toHaveLength(1);
    expect(trials.every(({ score }) => score === null)).toBe(true);
  });

  test("of hyperband begins every bracket with trials of its own", async () => {
    const spec = tuning({ method: "hyperband", minimumSteps: 100 });
    const asked: [string[], number][] = [];
    const { trials } = await searchTrials(spec, measure(spec, asked));
    expect(trials).toHaveLength(9 + 5 + 3);
    expect(new Set(trials.map(({ arm }) => arm.name)).size).toBe(17);
    expect(trials[0].share).toBe(1);
  });

  test("ranks over environments by scores on one scale", async () => {
    const environments = [
      { id: "A", reference: { low: 0, high: 10 } },
      { id: "B", reference: { low: 0, high: 1 } },
    ];
    const spec = tuning({ trials: 1 }, { environments, seeds: 1 });
    const { trials } = await searchTrials(spec, async (arms, share) =>
      environmentsAt(spec.environments, share).map((environment) => madeUpOutcome(environment, arms[0], 0, 1)),
    );
    expect(trials[0].score?.mean).toBeCloseTo((0.1 + 1) / 2, 12);
  });

  test("draws trial k the same however many there are", () => {
    const few = drawTrials(tuning({ trials: 3 }))[0];
    expect(drawTrials(tuning({ trials: 30 }))[0].slice(0, 3)).toEqual(few);
    expect(drawTrials(tuning({ trials: 3, seed: 1 }))[0]).not.toEqual(few);
  });
});
