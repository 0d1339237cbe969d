// Acting for callers who own their loop: one observation, batches, rows of a vector environment; masks, memories, what is remembered.

import { describe, expect, test } from "vitest";
import { StateError } from "../../src/errors.ts";
import { box, discrete, multiDiscrete, type Space } from "../../src/space.ts";
import { requireWholeStep } from "../../src/training/decisions.ts";
import { Probe, type ProbeOptions } from "./probe.ts";

const OBSERVATIONS = box(-1000, 1000, [2]);
const spaces = (actionSpace: Space) => ({ observationSpace: OBSERVATIONS, actionSpace });
const numbered = (options: ProbeOptions = {}): Probe => new Probe(spaces(discrete(10, 100)), options);
const free = (options: ProbeOptions = {}): Probe => new Probe(spaces(box(-4, 4, [2])), options);

describe("act", () => {
  test("gives a number of the space for Discrete, by greed or by exploration", () => {
    const agent = numbered();
    expect(agent.act([3, 0])).toBe(103);
    expect(agent.act([3, 0], { explore: true })).toBe(104);
    expect(agent.act([9, 0], { explore: true })).toBe(100);
    expect(agent.actor.calls.map(({ rows, explore, observation }) => [rows, explore, observation])).toEqual([
      [1, false, [3, 0]],
      [1, true, [3, 0]],
      [1, true, [9, 0]],
    ]);
  });

  test("gives a fresh array else, within the bounds of a Box, or writes where it is told", () => {
    const agent = free();
    const [first, second] = [agent.act([1, -7]), agent.act([2, 3])];
    expect([first, second]).toEqual([Float32Array.of(1, -4), Float32Array.of(2, 3)]);
    const into = new Float32Array(2);
    expect(agent.act([0.5, 0], { into })).toBe(into);
    expect(Array.from(into)).toEqual([0.5, 0]);
    expect(new Probe(spaces(multiDiscrete([2, 3]))).act([5, 4])).toEqual(Float32Array.of(1, 1));
  });

  test("refuses to write where there is no room", () => {
    const expected = "act: into expected a Float32Array of 2 numbers, got";
    const advice = "Leave it out for a fresh action.";
    expect(() => free().act([0, 0], { into: new Float32Array(3) })).toThrow(
      new TypeError(`${expected} Float32Array [0, 0, 0]. ${advice}`),
    );
    expect(() => free().act([0, 0], { into: [0, 0] as never })).toThrow(`${expected} [0, 0].`);
    expect(() => numbered().act([0, 0], { into: new Float32Array(1) })).toThrow(
      new TypeError(`act: into expected none, since actions are numbers, got Float32Array [0]. ${advice}`),
    );
  });

  test("shows a mask as zeros and ones, for that call alone", () => {
    const agent = new Probe(spaces(discrete(3)));
    agent.act([0, 0], { mask: [true, false, true] });
    agent.act([0, 0], { mask: undefined });
    agent.act([0, 0], { mask: [0, 1, 1], explore: true });
    expect(agent.actor.calls.map(({ mask }) => mask)).toEqual([[1, 0, 1], null, [0, 1, 1]]);
  });

  test("tells of the beginning of an episode, greedily only", () => {
    const agent = numbered();
    agent.act([0, 0], { episodeStart: true });
    agent.act([0, 0], { episodeStart: false });
    agent.act([0, 0], { episodeStart: true, explore: true });
    expect(agent.actor.calls.map(({ starts }) => starts)).toEqual([[true], null, null]);
  });

  test("explores for the environment whose turn it is", () => {
    const agent = numbered({ environments: 3 });
    const observe = (): void =>
      agent.observe({
        ...{ observation: [0, 0], action: 100, reward: 0, nextObservation: [0, 0] },
        ...{ terminated: false, truncated: false },
      });
    for (let i = 0; i < 4; i++) {
      agent.act([0, 0], { explore: true });
      observe();
    }
    agent.act([0, 0]);
    expect(agent.actor.calls.map(({ first }) => first)).toEqual([0, 1, 2, 0, 0]);
  });

  test.each<[() => unknown, string]>([
    [() => numbered().act([1]), "act: observation expected 2 numbers, got [1]."],
    [
      () => numbered().act([1, 2], { explor: true } as never),
      'act: option expected a known name, got "explor". Did you mean explore?',
    ],
    [() => numbered().act([1, 2], { mask: [1] }), "act: mask expected 10 entries, got [1]."],
    [() => free().act([1, 2], { mask: [1] }), "act: mask expected none for box actions, got [1]."],
  ])("refuses what does not fit before anything is chosen: %s", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("actBatch", () => {
  test("gives one integer or one row of numbers for each observation, or writes where it is told", () => {
    expect(
      numbered().actBatch([
        [1, 0],
        [2, 0],
      ]),
    ).toEqual(Int32Array.of(101, 102));
    const rows = Float32Array.of(1, 2, -3, 4);
    expect(
      free().actBatch([
        [1, 2],
        [-3, 4],
      ]),
    ).toEqual(rows);
    const into = new Int32Array(2);
    expect(
      numbered().actBatch(
        [
          [3, 0],
          [4, 0],
        ],
        {},
        into,
      ),
    ).toBe(into);
    expect(Array.from(into)).toEqual([103, 104]);
    expect(numbered().actBatch([])).toEqual(new Int32Array(0));
  });

  test("takes more observations than are shown together in parts, streams in their order", () => {
    const agent = numbered();
    const observations = Array.from({ length: 150 }, (_, i) => [i, 0]);
    const starts = observations.map((_, i) => i % 50 === 0);
    expect(Array.from(agent.actBatch(observations, { episodeStarts: starts }))).toEqual(
      observations.map((_, i) => 100 + (i % 10)),
    );
    expect(agent.actor.calls.map(({ rows, first }) => [rows, first])).toEqual([
      [64, 0],
      [64, 64],
      [22, 128],
    ]);
    // By stream, not by part.
    for (const call of agent.actor.calls) expect(call.starts).toEqual(starts);
  });

  test("shows masks where some are given, and all ones beside them", () => {
    const agent = new Probe(spaces(discrete(2)));
    agent.actBatch(
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
      { masks: [[1, 0], undefined, [0, 1]] },
    );
    agent.actBatch([[0, 0]]);
    expect(agent.actor.calls.map(({ mask }) => mask)).toEqual([[1, 0, 1, 1, 0, 1], null]);
  });

  test("chooses nothing where one observation or mask of many does not fit", () => {
    const agent = new Probe(spaces(discrete(2)));
    const observations: number[][] = Array.from({ length: 100 }, (_, i) => [i, 0]);
    const masks = new Array(100).fill([1, 1]);
    expect(() => agent.actBatch(observations.with(90, [1]))).toThrow(
      "actBatch: observations[90] expected 2 numbers, got [1].",
    );
    expect(() => agent.actBatch(observations, { masks: masks.with(90, [0, 0]) })).toThrow(
      "actBatch: mask expected at least one allowed action, got none.",
    );
    expect(() =>
      agent.actBatch([
        [1, 2],
        [Number.NaN, 0],
      ]),
    ).toThrow("actBatch: observations[1] expected finite numbers");
    expect(() => agent.actBatch([[1, 2]], { mask: [] } as never)).toThrow(
      'actBatch: option expected a known name, got "mask". Did you mean masks?',
    );
    expect(agent.actor.calls).toEqual([]);
  });

  test("explores from the environment whose turn it is on", () => {
    const agent = numbered({ environments: 2 });
    agent.actBatch(new Array(70).fill([0, 0]), { explore: true });
    expect(agent.actor.calls.map(({ rows, first, explore }) => [rows, first, explore])).toEqual([
      [64, 0, true],
      [6, 64, true],
    ]);
  });
});

describe("actRows", () => {
  test("explores for all environments, from flat rows into rows", () => {
    const agent = numbered({ environments: 2 });
    const actions = new Int32Array(2);
    agent.actRows(Float32Array.of(1, 0, 2, 0), actions);
    expect(Array.from(actions)).toEqual([102, 103]);
    expect(agent.actor.calls[0]).toMatchObject({ rows: 2, first: 0, explore: true, mask: null });
    const rows = new Float32Array(4);
    free({ environments: 2 }).actRows(Float32Array.of(1, 0, 2, 0), rows);
    expect(Array.from(rows)).toEqual([2, 1, 3, 1]);
  });

  test.each<[Float32Array, Int32Array, string]>([
    [new Float32Array(3), new Int32Array(2), "actRows: observations expected 4 numbers, got Float32Array [0, 0, 0]."],
    [new Float32Array(4), new Int32Array(1), "actRows: actions expected 2 numbers, got Int32Array [0]."],
    [
      Float32Array.of(0, 0, 0, Number.NaN),
      new Int32Array(2),
      "actRows: observation of environment 1 expected finite numbers, got NaN at index 1.",
    ],
  ])("refuses rows that do not fit", (observations, actions, message) => {
    expect(() => numbered({ environments: 2 }).actRows(observations, actions)).toThrow(message);
  });
});

describe("what is remembered", () => {
  test("are exploring choices, with the numbers that learning needs, where there is room", () => {
    const agent = numbered({ environments: 2, remembers: true, room: 3 });
    const { experience, actor } = agent;
    agent.actBatch(
      [
        [1, 0],
        [2, 0],
      ],
      { explore: true },
    );
    agent.act([5, 0], { explore: true });
    agent.act([5, 0]);
    agent.actRows(Float32Array.of(3, 0, 4, 0), new Int32Array(2));
    // Actions as they were given, from 0, then the numbers.
    expect(experience.expected).toEqual([
      [2, 3, 1, 2],
      [6, 5],
      [4, 5, 3, 4],
    ]);
    expect(actor.calls.map(({ isRemembered }) => isRemembered)).toEqual([true, true, false, true]);
    const step = { action: 100, reward: 0, nextObservation: [0, 0], terminated: false, truncated: false };
    for (let i = 0; i < 2; i++) agent.observe({ ...step, observation: [0, 0] });
    agent.actBatch(
      [
        [1, 0],
        [2, 0],
      ],
      { explore: true },
    );
    expect(experience.expected).toHaveLength(3);
    expect(actor.calls.at(-1)?.isRemembered).toBe(false);
  });

  test("wants one observation for each environment, and no step half observed", () => {
    const agent = numbered({ environments: 2, remembers: true });
    expect(() => agent.actBatch([[1, 0]], { explore: true })).toThrow(
      new RangeError(
        "actBatch: observations expected 2, one per environment, to explore with, got 1. Observe what follows before the next call.",
      ),
    );
    expect(agent.actBatch([[1, 0]])).toEqual(Int32Array.of(101));
    const step = { action: 100, reward: 0, nextObservation: [0, 0], terminated: false, truncated: false };
    agent.observe({ ...step, observation: [0, 0] });
    expect(() =>
      agent.actBatch(
        [
          [1, 0],
          [2, 0],
        ],
        { explore: true },
      ),
    ).toThrow(
      new StateError(
        "actBatch: transitions expected whole steps of 2 environments, got a step of which 1 are observed. Observe the others first.",
      ),
    );
  });
});

test("a step is whole before one is observed and after all are", () => {
  expect(() => requireWholeStep("learn", 2, null)).not.toThrow();
});
