import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { reference } from "../../src/backends/reference/index.ts";
import type { EnvSpec } from "../../src/env.ts";
import {
  type GoalFunctions,
  Hindsight,
  type HindsightOptions,
  readHindsightOptions,
  requireGoalFunctions,
} from "../../src/experience/hindsight.ts";
import { NStep, type StoreWindow } from "../../src/experience/n-step.ts";
import type { RandomStream } from "../../src/operations/handles.ts";
import { box, dict, discrete, multiBinary } from "../../src/space.ts";

// A walk on a line with goals: the state is a number, achieved is where one stands. The desired goal comes before the
// achieved one and something lies in between, so that an offset that is wrong shows.
const SPACE = dict({
  desiredGoal: box(-99, 99, [1]),
  observation: box(-99, 99, [2]),
  achievedGoal: box(-99, 99, [1]),
});
/** Pays by distance, so that every goal pays otherwise; ends where the goal is. */
const WALK: GoalFunctions = {
  computeReward: (achieved: number[], desired: number[]) => -Math.abs(achieved[0] - desired[0]),
  computeTerminated: (achieved: number[], desired: number[]) => achieved[0] === desired[0],
} as never;

const row = (place: number, goal: number): Float32Array => Float32Array.of(goal, place + 0.5, -place, place);
const observed = (place: number, goal: number) => ({
  desiredGoal: [goal],
  observation: [place + 0.5, -place],
  achievedGoal: [place],
});

interface Stored {
  readonly observation: readonly number[];
  readonly action: number;
  readonly reward: number;
  readonly next: readonly number[];
  readonly discount: number;
}
const GOAL = 0;

interface Setting {
  readonly options?: Partial<HindsightOptions>;
  readonly nStep?: number;
  readonly discount?: number;
  readonly backend?: Backend;
  readonly stream?: RandomStream;
  readonly functions?: GoalFunctions;
}

function create(setting: Setting = {}): { hindsight: Hindsight; backend: Backend; stream: RandomStream } {
  const backend = setting.backend ?? reference();
  const stream = setting.stream ?? backend.random.stream(7, "hindsight");
  const plan = { observationSpace: SPACE, actionSize: 1, nStep: setting.nStep ?? 1, discount: setting.discount ?? 0.5 };
  const options = { strategy: "future", goals: 1, maxEpisodeSteps: 20, ...setting.options } as const;
  const functions = setting.functions ?? WALK;
  return { hindsight: new Hindsight(backend, stream, functions, plan, options), backend, stream };
}

const collect =
  (stored: Stored[]): StoreWindow =>
  ({ observation, action, sums }, next) => {
    stored.push({
      observation: [...observation],
      action: action[0],
      reward: sums[0],
      next: [...next],
      discount: sums[1],
    });
  };

/** Walks through `places`, step i with action i; `end` of the last step. */
function walk(
  hindsight: Hindsight,
  places: readonly number[],
  goal: number,
  end: "terminated" | "truncated" | "none",
  store: StoreWindow,
): void {
  for (let i = 0; i + 1 < places.length; i++) {
    const isLast = i + 2 === places.length;
    const terminated = isLast && end === "terminated";
    const truncated = isLast && end === "truncated";
    const step = { reward: -Math.abs(places[i + 1] - goal), terminated, truncated };
    const value = observed(places[i + 1], goal);
    hindsight.add(row(places[i], goal), Float32Array.of(i), row(places[i + 1], goal), step, value, store);
  }
}

/** The step in `places` at which each relabelled window's goal was achieved, window by window: goals are places here. */
const goalsOf = (stored: readonly Stored[]): number[] => stored.map(({ observation }) => observation[GOAL]);
const PLACES = [0, 1, 2, 3, 4];

describe("each step is stored as it was, then with goals of its episode", () => {
  test("final: what the last state achieved; rewards and ends are recomputed", () => {
    const { hindsight } = create({ options: { strategy: "final" } });
    const stored: Stored[] = [];
    walk(hindsight, [0, 2, 3], 9, "truncated", collect(stored));
    expect(stored).toEqual([
      { observation: [9, 0.5, -0, 0], action: 0, reward: -7, next: [9, 2.5, -2, 2], discount: 0.5 },
      { observation: [3, 0.5, -0, 0], action: 0, reward: -1, next: [3, 2.5, -2, 2], discount: 0.5 },
      { observation: [9, 2.5, -2, 2], action: 1, reward: -6, next: [9, 3.5, -3, 3], discount: 0.5 },
      // Reached: the end of that task, though the episode was only cut off (regression: done left untouched).
      { observation: [3, 2.5, -2, 2], action: 1, reward: 0, next: [3, 3.5, -3, 3], discount: 0 },
    ]);
  });

  test("future: one achieved from the step's own next state on, as the stream draws it", () => {
    const { hindsight, backend } = create({ options: { strategy: "future", goals: 3 } });
    const stored: Stored[] = [];
    walk(hindsight, PLACES, 9, "truncated", collect(stored));
    const stream = backend.random.stream(7, "hindsight");
    const expected = [0, 1, 2, 3].flatMap((start) => [
      9,
      ...[0, 1, 2].map(() => PLACES[start + backend.random.index(stream, 4 - start) + 1]),
    ]);
    expect(goalsOf(stored)).toEqual(expected);
    for (const { observation, next, reward, discount } of stored) {
      expect(next[GOAL]).toBe(observation[GOAL]);
      expect(reward).toBe(0 - Math.abs(next[3] - next[GOAL]));
      expect(discount).toBe(next[3] === next[GOAL] ? 0 : 0.5);
    }
  });

  test("episode: one achieved after any step, as the stream draws it", () => {
    const { hindsight, backend } = create({ options: { strategy: "episode", goals: 2 } });
    const stored: Stored[] = [];
    walk(hindsight, PLACES, 9, "truncated", collect(stored));
    const stream = backend.random.stream(7, "hindsight");
    const draw = (): number => PLACES[backend.random.index(stream, 4) + 1];
    expect(goalsOf(stored)).toEqual([0, 1, 2, 3].flatMap(() => [9, draw(), draw()]));
  });

  test.each(["future", "episode"] as const)("%s: every goal it may draw comes, and no other", (strategy) => {
    const { hindsight } = create({ options: { strategy, goals: 200 } });
    const stored: Stored[] = [];
    walk(hindsight, PLACES, 9, "truncated", collect(stored));
    for (const start of [0, 1, 2, 3]) {
      const drawn = new Set(
        goalsOf(stored.filter(({ action, observation }) => action === start && observation[0] < 9)),
      );
      expect([...drawn].sort(), `step ${start}`).toEqual(
        strategy === "episode" ? [1, 2, 3, 4] : PLACES.slice(start + 1),
      );
    }
  });
});

test("an episode that reached its goal ends there for that goal, and for another goes on in its last observation", () => {
  const { hindsight } = create({ options: { strategy: "episode", goals: 30 } });
  const stored: Stored[] = [];
  walk(hindsight, [0, 1, 2], 2, "terminated", collect(stored));
  const last = stored.filter(({ action }) => action === 1);
  expect(last[0]).toMatchObject({ observation: [2, 1.5, -1, 1], reward: 0, discount: 0 });
  const other = last.filter(({ observation }) => observation[GOAL] === 1);
  expect(other.length).toBeGreaterThan(0);
  for (const window of other) expect(window).toMatchObject({ reward: -1, next: [1, 2.5, -2, 2], discount: 0.5 });
});

describe("with multi-step targets", () => {
  test("a window has one goal, recomputed at every step, and ends where it is reached", () => {
    const { hindsight } = create({ options: { strategy: "final" }, nStep: 3, discount: 0.5 });
    const stored: Stored[] = [];
    walk(hindsight, [0, 1, 4, 6, 8], 9, "truncated", collect(stored));
    const relabelled = stored.filter(({ observation }) => observation[GOAL] === 8);
    expect(relabelled.map(({ action, reward, next, discount }) => [action, reward, next[3], discount])).toEqual([
      // 7 + 4/2 + 2/4, three whole steps
      [0, -9.5, 6, 0.125],
      [1, -4 - 2 / 2 - 0 / 4, 8, 0],
      [2, -2 - 0 / 2, 8, 0],
      [3, 0, 8, 0],
    ]);
  });

  test("what comes after the goal in the same window counts for nothing", () => {
    // Past the goal and back: future draws 2 for the first step here, which its second reaches.
    const { hindsight } = create({ options: { strategy: "future", goals: 50 }, nStep: 4 });
    const stored: Stored[] = [];
    walk(hindsight, [0, 1, 2, 7, 5], 9, "truncated", collect(stored));
    const windows = stored.filter(({ action, observation }) => action === 0 && observation[GOAL] === 2);
    expect(windows.length).toBeGreaterThan(0);
    for (const window of windows) expect(window).toMatchObject({ reward: -1, next: [2, 2.5, -2, 2], discount: 0 });
  });

  test("truncation goes on through the last observation, with the goal put in and the discount of the steps made", () => {
    const { hindsight } = create({ options: { strategy: "episode", goals: 50 }, nStep: 3, discount: 0.5 });
    const stored: Stored[] = [];
    walk(hindsight, [0, 1, 4, 6], 9, "truncated", collect(stored));
    const windows = stored.filter(({ action, observation }) => action === 1 && observation[GOAL] === 1);
    expect(windows.length).toBeGreaterThan(0);
    for (const window of windows)
      expect(window).toMatchObject({ reward: -3 - 5 / 2, next: [1, 6.5, -6, 6], discount: 0.25 });
  });

  test.each([1, 2, 3, 7])("n = %i: steps as they were give NStep's windows", (nStep) => {
    for (const end of ["terminated", "truncated"] as const) {
      const { hindsight } = create({ options: { strategy: "final" }, nStep, discount: 0.9 });
      const stored: Stored[] = [];
      const plain: Stored[] = [];
      const windows = new NStep(nStep, 0.9, 4, 1);
      const add: Pick<Hindsight, "add"> = {
        add: (observation, action, next, step, value) => {
          windows.add(observation, action, next, step, collect(plain));
          hindsight.add(observation, action, next, step, value, collect(stored));
        },
      };
      walk(add as Hindsight, [0, 1, 4, 6, 3], 9, end, () => {});
      expect(plain.length).toBe(4);
      expect(stored.filter(({ observation }) => observation[GOAL] === 9)).toEqual(plain);
    }
  });
});

test("nothing is stored before the episode is over, and nothing of a forgotten one", () => {
  const { hindsight } = create();
  const stored: Stored[] = [];
  walk(hindsight, PLACES, 9, "none", collect(stored));
  expect([stored.length, hindsight.steps]).toEqual([0, 4]);
  hindsight.clear();
  walk(hindsight, [7, 8], 9, "truncated", collect(stored));
  expect(goalsOf(stored)).toEqual([9, 8]);
  expect(hindsight.steps).toBe(0);
});

test("an episode longer than the store is taken in pieces, each as if truncated", () => {
  const { hindsight } = create({ options: { strategy: "final", maxEpisodeSteps: 2 }, nStep: 3 });
  const stored: Stored[] = [];
  walk(hindsight, [0, 1, 2, 3, 4, 5], 5, "terminated", collect(stored));
  expect(stored.map(({ action, observation, next, discount }) => [action, observation[0], next[3], discount])).toEqual([
    [0, 5, 2, 0.25],
    [0, 2, 2, 0],
    [1, 5, 2, 0.5],
    [1, 2, 2, 0],
    [2, 5, 4, 0.25],
    [2, 4, 4, 0],
    [3, 5, 4, 0.5],
    [3, 4, 4, 0],
    [4, 5, 5, 0],
    [4, 5, 5, 0],
  ]);
});

test("the functions see the numbers that the environment gave, not the network's", () => {
  const seen: number[] = [];
  const functions = {
    computeReward: (achieved: number[], desired: number[]) => {
      seen.push(achieved[0], desired[0]);
      return 0;
    },
    computeTerminated: () => false,
  };
  const { hindsight } = create({ functions: functions as never, options: { strategy: "final" } });
  const step = { reward: 0, terminated: false, truncated: true };
  hindsight.add(row(0, 9), Float32Array.of(0), row(0.1, 9), step, observed(0.1, 9), () => {});
  expect(seen).toEqual([0.1, 0.1]);
  // A flat row is all that there is of a vector environment's.
  hindsight.add(row(0, 9), Float32Array.of(0), row(0.1, 9), step, null, () => {});
  expect(seen.slice(2)).toEqual([Math.fround(0.1), Math.fround(0.1)]);
});

test("saved and loaded at any step it goes on the same", () => {
  const run = (cut: number): Stored[] => {
    const backend = reference();
    const stream = backend.random.stream(3, "hindsight");
    let { hindsight } = create({ backend, stream, options: { goals: 3 }, nStep: 2 });
    const stored: Stored[] = [];
    const places = [0, 2, 1, 5, 4, 7];
    for (let i = 0; i < 5; i++) {
      if (i === cut) {
        const resumed = create({ backend, stream, options: { goals: 3 }, nStep: 2 }).hindsight;
        const state = hindsight.saveState();
        const lengths = Object.fromEntries(Object.entries(state).map(([name, { length }]) => [name, length]));
        expect(lengths).toEqual(resumed.stateLengths(i));
        resumed.loadState(state);
        hindsight = resumed;
      }
      const step = { reward: i, terminated: false, truncated: i === 4 };
      const [from, to] = [row(places[i], 9), row(places[i + 1], 9)];
      hindsight.add(from, Float32Array.of(i), to, step, observed(places[i + 1], 9), collect(stored));
    }
    return stored;
  };
  const whole = run(-1);
  expect(whole.length).toBe(20);
  for (let cut = 0; cut < 5; cut++) expect(run(cut), `cut ${cut}`).toEqual(whole);
});

describe("refuses", () => {
  test("an environment without the two functions, or whose functions answer with something else", () => {
    expect(() => requireGoalFunctions("test", {})).toThrow(
      new TypeError(
        "test: hindsight expected computeReward and computeTerminated, got none and none. Pass an environment that has them, or both beside the spaces; without hindsight neither is needed.",
      ),
    );
    expect(() =>
      requireGoalFunctions("test", { computeReward: WALK.computeReward, computeTerminated: true as never }),
    ).toThrow("got function computeReward and true.");
    const answers: [object, Error][] = [
      [
        { computeReward: () => Number.NaN },
        new RangeError(
          "observe: computeReward expected a finite number, got NaN. Check the environment with checkEnv.",
        ),
      ],
      [
        { computeReward: () => Promise.resolve(1) },
        new TypeError(
          "observe: computeReward expected a finite number, got Promise. Check the environment with checkEnv.",
        ),
      ],
      [
        { computeTerminated: () => 1 },
        new RangeError(
          "observe: computeTerminated expected true or false, got 1. Check the environment with checkEnv.",
        ),
      ],
    ];
    for (const [wrong, error] of answers) {
      const { hindsight } = create({ functions: { ...WALK, ...wrong } });
      expect(() => walk(hindsight, [0, 1, 2], 9, "truncated", () => {})).toThrow(error);
      expect(hindsight.steps).toBe(0);
    }
  });

  const PLACE = { observationSpace: SPACE };
  const cases: [unknown, string][] = [
    [
      "futur",
      'test: hindsight expected null, "future", "final", "episode" or an object with one of them as strategy, got "futur". Set options.hindsight.',
    ],
    [true, "as strategy, got true."],
    [{ goals: 4 }, "as strategy, got undefined."],
    [
      { strategy: "future", k: 4 },
      'test: hindsight: option expected a known name, got "k". Known options: strategy, goals, maxEpisodeSteps.',
    ],
    [
      { strategy: "future", goals: 0 },
      "test: hindsight.goals expected an integer at least 1 and at most 1000, got 0. The paper's best is 4.",
    ],
    [
      { strategy: "future", maxEpisodeSteps: 101 },
      "test: hindsight.maxEpisodeSteps expected an integer at least 1 and at most 100, got 101. The replay must hold an episode.",
    ],
  ];
  test.each(cases)("%o", (given, message) => {
    expect(() => readHindsightOptions("test", given as never, PLACE, 100)).toThrow(message);
  });

  test("a space without goals, or with goals of two kinds", () => {
    const read = (observationSpace: Parameters<typeof dict>[0][string]) => () =>
      readHindsightOptions("test", "future", { observationSpace }, 100);
    expect(read(discrete(2))).toThrow(
      new RangeError(
        'test: observationSpace expected a dict of observation, achievedGoal, desiredGoal beside computeReward, got "discrete". Leave hindsight out, or pass an environment with goals.',
      ),
    );
    const goals = { observation: discrete(2), achievedGoal: multiBinary(2), desiredGoal: multiBinary(3) };
    expect(read(dict(goals))).toThrow(
      "test: achievedGoal and desiredGoal expected the same space, got two: either can take the other's place.",
    );
  });
});

test("a name means the paper's goals; the longest episode is the environment's, else 1000 or what the replay holds", () => {
  const place = { observationSpace: SPACE };
  const spec = { id: "Walk-v0", options: {}, maxEpisodeSteps: 50 } satisfies EnvSpec;
  expect(readHindsightOptions("test", "future", { ...place, spec }, 10_000)).toEqual({
    strategy: "future",
    goals: 4,
    maxEpisodeSteps: 50,
  });
  expect(readHindsightOptions("test", "final", place, 10_000)).toEqual({
    strategy: "final",
    goals: 1,
    maxEpisodeSteps: 1000,
  });
  expect(readHindsightOptions("test", { strategy: "episode", goals: 2 }, place, 100)).toEqual({
    strategy: "episode",
    goals: 2,
    maxEpisodeSteps: 100,
  });
});
