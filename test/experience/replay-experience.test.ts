// Steps on their way into a replay: windows and episodes of every environment apart, and what a run's file keeps of them. Priorities
// in files are tested in replay-experience-priorities.test.ts.

import { describe, expect, test } from "vitest";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import type { HindsightOptions } from "../../src/experience/hindsight.ts";
import type { ReplayExperience, ReplayPlan } from "../../src/experience/replay-experience.ts";
import { box, dict, discrete } from "../../src/space.ts";
import { contentsOf, handOver, readerOf, written } from "../formats/written.ts";
import { CAPACITY, smallReplay } from "./small-replay.ts";
import { stepOf, type WrittenStep } from "./step-rows.ts";

/** Observation and next of a step from x to y. */
const step = (x: number, y: number, changes: Partial<WrittenStep> = {}): WrittenStep => ({
  observation: [x, -x],
  next: [y, -y],
  action: [x % 2],
  reward: x,
  ...changes,
});

interface Stored {
  readonly from: number;
  readonly to: number;
  readonly action: number;
  readonly reward: number;
  readonly discount: number;
}

/** The transitions in their slots: x of observations alone. */
function stored(replay: ReplayExperience, columns: number = 2): Stored[] {
  const contents = contentsOf(replay) as Record<string, number[]>;
  return contents["replay.reward"].map((reward, k) => ({
    from: contents["replay.observation"][columns * k],
    to: contents["replay.nextObservation"][columns * k],
    action: contents["replay.action"][k],
    reward,
    discount: contents["replay.discount"][k],
  }));
}

describe("windows", () => {
  test("of one step are stored as steps are", () => {
    const replay = smallReplay();
    replay.add(stepOf([step(1, 2)]));
    replay.add(stepOf([step(2, 3, { terminated: true })]));
    replay.add(stepOf([step(7, 8, { truncated: true })]));
    expect(stored(replay)).toEqual([
      { from: 1, to: 2, action: 1, reward: 1, discount: 0.5 },
      { from: 2, to: 3, action: 0, reward: 2, discount: 0 },
      { from: 7, to: 8, action: 1, reward: 7, discount: 0.5 },
    ]);
    expect([replay.size, replay.capacity]).toEqual([3, CAPACITY]);
  });

  test("of several steps are of one environment each, whichever rows its steps come in", () => {
    const [together, apart] = [0, 1].map(() => smallReplay({ environments: 2, nStep: 2 }));
    together.add(stepOf([step(1, 2), step(11, 12)]));
    together.add(stepOf([step(2, 3), step(12, 13, { terminated: true })]));
    together.add(stepOf([step(3, 4), step(20, 21)]));
    expect(stored(together)).toEqual([
      { from: 1, to: 3, action: 1, reward: 1 + 0.5 * 2, discount: 0.25 },
      { from: 11, to: 13, action: 1, reward: 11 + 0.5 * 12, discount: 0 },
      { from: 12, to: 13, action: 0, reward: 12, discount: 0 },
      { from: 2, to: 4, action: 0, reward: 2 + 0.5 * 3, discount: 0.25 },
    ]);
    apart.add(stepOf([step(1, 2)]));
    apart.add(stepOf([step(11, 12)], 1));
    expect(apart.turn).toBe(0);
    apart.add(stepOf([step(2, 3)]));
    expect(apart.turn).toBe(1);
    apart.add(stepOf([step(12, 13, { terminated: true })], 1));
    apart.add(stepOf([step(3, 4), step(20, 21)]));
    expect(contentsOf(apart)).toEqual(contentsOf(together));
  });

  test("take in several steps of all environments at once", () => {
    const [many, each] = [0, 1].map(() => smallReplay({ environments: 2, nStep: 2 }));
    const rows = [step(1, 2), step(11, 12), step(2, 3), step(12, 13)];
    many.add(stepOf(rows));
    each.add(stepOf(rows.slice(0, 2)));
    each.add(stepOf(rows.slice(2)));
    expect(contentsOf(many)).toEqual(contentsOf(each));
  });

  test("leave rows out that are no steps", () => {
    const replay = smallReplay({ environments: 2 });
    replay.add(stepOf([step(1, 2, { terminated: true }), step(11, 12)]));
    replay.add(stepOf([step(2, 5, { skip: true }), step(12, 13)]));
    replay.add(stepOf([step(5, 6), step(13, 14)]));
    expect(stored(replay).map(({ from, to }) => [from, to])).toEqual([
      ...[
        [1, 2],
        [11, 12],
      ],
      ...[
        [12, 13],
        [5, 6],
        [13, 14],
      ],
    ]);
  });

  test("that are open are forgotten with the episodes of all environments", () => {
    const replay = smallReplay({ environments: 2, nStep: 3 });
    replay.add(stepOf([step(1, 2), step(11, 12)]));
    replay.forget();
    replay.add(stepOf([step(5, 6, { terminated: true }), step(15, 16, { terminated: true })]));
    expect(stored(replay).map(({ from }) => from)).toEqual([5, 15]);
  });
});

test("a batch is drawn from what is stored", () => {
  const backend = new WasmBackend();
  const replay = smallReplay({}, backend);
  for (let x = 0; x < 9; x++) replay.add(stepOf([step(x, x + 1)]));
  const batch = replay.planBatch(50);
  replay.sample(backend.random.stream(1, "replay"), batch);
  const [observation, index] = [batch.observation, batch.index].map((tensor) => backend.read(tensor) as Float32Array);
  // Slots 0 and 1 were written over by 7 and 8.
  const inSlot = [7, 8, 2, 3, 4, 5, 6];
  for (let row = 0; row < 50; row++) expect(observation[2 * row]).toBe(inSlot[index[row]]);
  expect(new Set(index).size).toBe(CAPACITY);
  const before = contentsOf(replay);
  // Uniform replay does not listen.
  replay.updatePriorities(batch, backend.tensor(50, 1));
  expect(contentsOf(replay)).toEqual(before);
});

test("counts the bytes of transitions and priorities", () => {
  const uniform = smallReplay().bytes;
  expect(uniform).toBeGreaterThanOrEqual(CAPACITY * 4 * (2 + 2 + 1 + 1 + 1));
  expect(smallReplay({ replay: { type: "rank", alpha: 0.5, epsilon: 1e-6 } }).bytes).toBeGreaterThan(uniform);
});

const GOALS = dict({ observation: box(-9, 9, [1]), achievedGoal: discrete(9), desiredGoal: discrete(9) });

/** A walk over nine places, told of its goals as the environment gives them. */
function withHindsight(environments: number = 1, changes: Partial<HindsightOptions> = {}) {
  const backend = new WasmBackend();
  const asked: unknown[] = [];
  const plan: Partial<ReplayPlan> = {
    ...{ observationSpace: GOALS, observationSize: 19, environments },
    hindsight: {
      options: { strategy: "final", goals: 1, maxEpisodeSteps: 4, ...changes },
      functions: {
        computeReward: (achieved, desired) => {
          asked.push(achieved, desired);
          return achieved === desired ? 1 : 0;
        },
        computeTerminated: (achieved, desired) => achieved === desired,
      },
      backend,
      stream: backend.random.stream(1, "hindsight"),
    },
  };
  return { replay: smallReplay(plan, backend), asked };
}

const oneHot = (place: number): number[] => Array.from({ length: 9 }, (_, k) => (k === place ? 1 : 0));
const seen = (place: number, goal: number): number[] => [place, ...oneHot(place), ...oneHot(goal)];
const walked = (from: number, to: number, changes: Partial<WrittenStep> = {}): WrittenStep => ({
  observation: seen(from, 8),
  next: seen(to, 8),
  action: [0],
  value: { observation: [to], achievedGoal: to, desiredGoal: 8 },
  ...changes,
});

describe("hindsight", () => {
  test("stores episodes of every environment when they end, with goals that they achieved", () => {
    const { replay } = withHindsight(2);
    replay.add(stepOf([walked(1, 2), walked(5, 6)]));
    expect(replay.size).toBe(0);
    replay.add(stepOf([walked(2, 3, { truncated: true }), walked(6, 7)]));
    expect(stored(replay, 19)).toEqual([
      { from: 1, to: 2, action: 0, reward: 0, discount: 0.5 },
      { from: 1, to: 2, action: 0, reward: 0, discount: 0.5 },
      { from: 2, to: 3, action: 0, reward: 0, discount: 0.5 },
      { from: 2, to: 3, action: 0, reward: 1, discount: 0 },
    ]);
  });

  test("asks with the environment's own values, or with those that flat rows stand for", () => {
    const { replay, asked } = withHindsight();
    replay.add(stepOf([walked(1, 2, { truncated: true })]));
    expect(asked).toEqual([2, 2]);
    const { value: _, ...flat } = walked(4, 5, { truncated: true });
    replay.add(stepOf([flat]));
    expect(asked).toEqual([2, 2, 5, 5]);
  });

  test("forgets running episodes", () => {
    const { replay } = withHindsight(2);
    replay.add(stepOf([walked(1, 2), walked(5, 6)]));
    replay.forget();
    replay.add(stepOf([walked(2, 3, { truncated: true }), walked(6, 7, { truncated: true })]));
    expect(stored(replay, 19).map(({ from }) => from)).toEqual([2, 2, 6, 6]);
  });

  test("goes on with running episodes from a run's file, environment by environment", () => {
    const [saved, loaded] = [withHindsight(2).replay, withHindsight(2).replay];
    saved.add(stepOf([walked(1, 2), walked(5, 6)]));
    expect(contentsOf(saved)).toMatchObject({ "hindsight.0.rewards": [0], "hindsight.1.achieved": [6] });
    handOver(saved, loaded);
    for (const replay of [saved, loaded]) {
      replay.add(stepOf([walked(2, 3, { truncated: true }), walked(6, 7, { truncated: true })]));
    }
    expect(contentsOf(loaded)).toEqual(contentsOf(saved));
    expect(loaded.size).toBe(CAPACITY);
  });

  test.each<[string, Record<string, Float32Array | Float64Array>, string]>([
    ["too long", { rewards: new Float64Array(4) }, "load: hindsight.rewards expected less than 4 steps, got 4."],
    ["of other actions", { actions: Float32Array.of(2) }, "load: hindsight.actions expected actions of the space, got"],
    ["without goals", { achieved: new Float64Array(0) }, "load: tensor hindsight.achieved expected 1 numbers, got 0."],
  ])("refuses an episode %s", (_, tensors, message) => {
    const { replay } = withHindsight();
    replay.add(stepOf([walked(1, 2)]));
    const named = Object.fromEntries(Object.entries(tensors).map(([name, data]) => [`hindsight.${name}`, data]));
    expect(() => withHindsight().replay.check(readerOf(written(replay), { tensors: named }))).toThrow(message);
  });
});

describe("a run's file", () => {
  test("keeps transitions, open windows of every environment, and whose turn it is", () => {
    const [saved, loaded] = [0, 1].map(() => smallReplay({ environments: 2, nStep: 3 }));
    saved.add(stepOf([step(1, 2), step(11, 12)]));
    saved.add(stepOf([step(2, 3)]));
    expect(contentsOf(saved)).toMatchObject({
      "nStep.0.rewards": [2, 2],
      "nStep.1.rewards": [11],
      replay: { size: 0, position: 0, turn: 1 },
    });
    handOver(saved, loaded);
    for (const replay of [saved, loaded]) {
      expect(replay.turn).toBe(1);
      replay.add(stepOf([step(12, 13)], 1));
      replay.add(stepOf([step(3, 4), step(13, 14)]));
    }
    expect(contentsOf(loaded)).toEqual(contentsOf(saved));
    expect(stored(loaded)).toHaveLength(2);
  });

  test("has windows without a number where there is one environment, and no turn", () => {
    const replay = smallReplay({ nStep: 2 });
    replay.add(stepOf([step(1, 2)]));
    expect(contentsOf(replay)).toMatchObject({ "nStep.rewards": [1], replay: { size: 0, position: 0 } });
    expect(contentsOf(replay).replay).not.toHaveProperty("turn");
  });

  test("goes on writing where it was, also when the replay is full", () => {
    const [saved, loaded] = [smallReplay(), smallReplay()];
    for (let x = 0; x < 9; x++) saved.add(stepOf([step(x, x + 1)]));
    handOver(saved, loaded);
    for (const replay of [saved, loaded]) replay.add(stepOf([step(50, 51)]));
    expect(contentsOf(loaded)).toEqual(contentsOf(saved));
    expect(stored(loaded)[2].from).toBe(50);
  });

  test("of a policy has nothing, and changes nothing", () => {
    const replay = smallReplay();
    replay.add(stepOf([step(1, 2)]));
    expect(contentsOf(replay, "policy")).toEqual({});
    handOver(smallReplay(), replay, "policy");
    expect(replay.size).toBe(1);
  });

  /** The file of three transitions and an open window, with something changed. */
  function refused(changes: Parameters<typeof readerOf>[1], plan: Partial<ReplayPlan> = {}): () => void {
    const full = { nStep: 2, ...plan };
    const saved = smallReplay(full);
    for (let x = 0; x < 4; x++) saved.add(stepOf([step(x, x + 1)]));
    const replay = smallReplay(full);
    const reader = readerOf(written(saved), changes);
    return () => {
      try {
        replay.check(reader);
      } finally {
        expect([replay.size, replay.turn]).toEqual([0, 0]);
      }
    };
  }

  const replay = (value: object) => ({ data: { replay: value } });
  test.each<[string, Parameters<typeof readerOf>[1], string]>([
    ["no replay", { data: { replay: undefined } }, "load: replay expected an object, got undefined."],
    ["a size that is none", replay({ size: -1, position: 3 }), "load: replay.size expected a count, got -1."],
    [
      "more than there is room for",
      replay({ size: 8, position: 0 }),
      'load: replay expected a size and position within 7, got "8, 0".',
    ],
    ["a position beyond", replay({ size: 7, position: 7 }), 'within 7, got "7, 7".'],
    ["a position that does not follow", replay({ size: 3, position: 2 }), 'within 7, got "3, 2".'],
    ["another turn", replay({ size: 3, position: 3, turn: 1 }), "load: replay.turn expected one below 1, got 1."],
    [
      "fewer observations",
      { tensors: { "replay.observation": new Float32Array(5) } },
      "load: tensor replay.observation expected 6 numbers, got 5.",
    ],
    [
      "other actions",
      { tensors: { "replay.action": Float32Array.of(0, 2, 1) } },
      "load: replay.action expected actions of the space, got Float32Array [0, 2, 1].",
    ],
    [
      "as many open windows as steps",
      { tensors: { "nStep.rewards": new Float64Array(2) } },
      "load: nStep.rewards expected less than 2 open windows, got 2.",
    ],
    [
      "windows of other actions",
      { tensors: { "nStep.actions": Float32Array.of(0.5) } },
      "load: nStep.actions expected actions of the space, got Float32Array [0.5].",
    ],
  ])("with %s is refused, and nothing changes", (_, changes, message) => {
    expect(refused(changes)).toThrow(CheckpointError);
    expect(refused(changes)).toThrow(message);
    expect(refused({})).not.toThrow();
  });

  test("with an index beyond the observations is refused, which would be a place in memory", () => {
    const plan = { observationStorage: "one-hot" as const, actions: new ActionEncoder(discrete(2)), nStep: 1 };
    const saved = smallReplay(plan);
    saved.add(stepOf([{ observation: [1, 0], next: [0, 1] }]));
    const changed = readerOf(written(saved), { tensors: { "replay.nextObservation": Uint32Array.of(2) } });
    expect(() => smallReplay(plan).check(readerOf(written(saved)))).not.toThrow();
    expect(() => smallReplay(plan).check(changed)).toThrow(
      "load: replay.nextObservation expected indices below 2, got Uint32Array [2].",
    );
  });
});
