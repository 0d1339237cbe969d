// Observing for callers who own their loop: what becomes of transitions and rows, and that what does not fit changes nothing.

import { describe, expect, test } from "vitest";
import type { Transition } from "../../src/agent.ts";
import type { VectorStepResult } from "../../src/env.ts";
import { StateError } from "../../src/errors.ts";
import { box, discrete, multiDiscrete, type Space } from "../../src/space.ts";
import { Probe, type ProbeOptions } from "./probe.ts";

function probe(options: ProbeOptions = {}, actionSpace: Space = discrete(4, 100)): Probe {
  return new Probe({ observationSpace: box(-1000, 1000, [2]), actionSpace }, options);
}

const step = (x: number, changes: Partial<Transition> = {}): Transition => ({
  observation: [x, 0],
  action: 102,
  reward: x / 10,
  nextObservation: [x + 1, 0.1],
  terminated: false,
  truncated: false,
  ...changes,
});

/** Nothing was taken in, counted or told to the actor. */
function expectUntouched({ actor, envSteps, episodes, experience }: Probe, taken: number = 0): void {
  expect([envSteps, episodes, experience.taken.length, actor.steps.length]).toEqual([taken, 0, taken, taken]);
}

describe("observe", () => {
  test("takes in a step: encoded, its action as stored, its next observation as the environment gave it too", () => {
    const agent = probe();
    agent.observe(step(3, { truncated: true }));
    expect(agent.experience.taken).toEqual([
      {
        ...{ environment: 0, observation: [3, 0], action: [2], given: [2], reward: 0.3 },
        ...{ terminated: false, truncated: true, next: [4, Math.fround(0.1)], skip: false, value: [4, 0.1] },
      },
    ]);
    expect([agent.envSteps, agent.episodes]).toEqual([1, 1]);
    expect(agent.actor.steps).toEqual([{ environment: 0, ended: true }]);
  });

  test("goes round the environments", () => {
    const agent = probe({ environments: 3 });
    for (let x = 0; x < 4; x++) agent.observe(step(x));
    expect(agent.experience.taken.map(({ environment }) => environment)).toEqual([0, 1, 2, 0]);
    expect(agent.actor.steps.map(({ environment }) => environment)).toEqual([0, 1, 2, 0]);
  });

  test.each<[Partial<Transition>, string]>([
    [{ action: 104 }, "observe: action expected an integer in 100..103, got 104. Pass what act returned."],
    [{ reward: Number.NaN }, "observe: reward expected a finite number, got NaN."],
    [{ terminated: undefined as never }, "observe: terminated and truncated expected booleans, got undefined"],
    [{ observation: [1] }, "observe: observation expected 2 numbers, got [1]."],
    [{ nextObservation: [1, Number.NaN] }, "observe: nextObservation expected finite numbers, got NaN at index 1."],
    [{ observation: [666, 0] }, "observe: row 0 refused"],
  ])("refuses %o, and nothing changes", (changes, message) => {
    const agent = probe();
    expect(() => agent.observe(step(0, changes))).toThrow(message);
    expectUntouched(agent);
    agent.observe(step(0));
    expect(agent.experience.taken).toHaveLength(1);
  });
});

describe("observeBatch", () => {
  test("takes in whole steps of all environments, from lists and from anything that can be gone through", () => {
    const given = [step(0), step(1), step(2), step(3, { terminated: true })];
    for (const transitions of [given, new Set(given), { ...given, length: 4 }]) {
      const agent = probe({ environments: 2 });
      agent.observeBatch(transitions as never);
      const { taken } = agent.experience;
      expect(taken.map(({ environment, observation: [x], value }) => [environment, x, value])).toEqual([
        [0, 0, [1, 0.1]],
        [1, 1, [2, 0.1]],
        [0, 2, [3, 0.1]],
        [1, 3, [4, 0.1]],
      ]);
      expect([agent.envSteps, agent.episodes]).toEqual([4, 1]);
    }
  });

  test("is the same as observing one by one, for any number of them", () => {
    // More than are taken in at once, and of environments that do not divide that number.
    for (const [count, environments] of [
      [150, 1],
      [210, 3],
      [160, 80],
    ]) {
      const [batched, each] = [probe({ environments }), probe({ environments })];
      const given = Array.from({ length: count }, (_, x) => step(x, { truncated: x % 7 === 0 }));
      batched.observeBatch(given);
      for (const transition of given) each.observe(transition);
      expect(batched.experience.taken).toEqual(each.experience.taken);
      expect(batched.actor.steps).toEqual(each.actor.steps);
      expect([batched.envSteps, batched.episodes]).toEqual([each.envSteps, each.episodes]);
    }
  });

  test.each([1, 5, 63, 64, 100, 149])("takes in none where number %i of many does not fit", (wrong) => {
    const given = Array.from({ length: 150 }, (_, x) => step(x));
    for (const [changes, message] of [
      [{ reward: Number.POSITIVE_INFINITY }, "observeBatch: reward expected a finite number, got Infinity."],
      [{ observation: [666, 0] }, `observeBatch: row ${wrong} refused`],
    ] as const) {
      const agent = probe();
      expect(() => agent.observeBatch(given.with(wrong, step(wrong, changes)))).toThrow(message);
      expectUntouched(agent);
    }
  });

  test("takes in none where there is no room for all", () => {
    const agent = probe({ room: 100 });
    expect(() => agent.observeBatch(Array.from({ length: 101 }, (_, x) => step(x)))).toThrow(
      "observeBatch: no room for row 100",
    );
    expectUntouched(agent);
  });

  test("takes in nothing of an empty list", () => {
    const agent = probe();
    agent.observeBatch([]);
    expectUntouched(agent);
  });

  test("wants as many as there are environments, and no step half observed", () => {
    const agent = probe({ environments: 2 });
    expect(() => agent.observeBatch([step(0)])).toThrow(
      new RangeError(
        "observeBatch: transitions expected a multiple of the 2 environments, got 1. Give one per environment, in their order.",
      ),
    );
    agent.observe(step(0));
    expect(() => agent.observeBatch([step(1), step(2)])).toThrow(
      new StateError(
        "observeBatch: transitions expected whole steps of 2 environments, got a step of which 1 are observed. Observe the others first.",
      ),
    );
    expectUntouched(agent, 1);
  });
});

describe("observeRows", () => {
  const result = (changes: Partial<VectorStepResult> = {}): VectorStepResult => ({
    observation: Float32Array.of(1, 2, 3, 4),
    finalObservation: Float32Array.of(-1, -2, -3, -4),
    reward: Float64Array.of(0.1, 0.2),
    terminated: Uint8Array.of(0, 0),
    truncated: Uint8Array.of(0, 1),
    info: [],
    ...changes,
  });
  const shown = Float32Array.of(10, 20, 30, 40);

  test("takes in a step of a vector environment: an ended episode goes on to its own last observation", () => {
    const agent = probe({ environments: 2 });
    agent.observeRows(shown, Int32Array.of(100, 103), result());
    const common = { terminated: false, skip: false };
    expect(agent.experience.taken).toEqual([
      {
        ...common,
        environment: 0,
        observation: [10, 20],
        action: [0],
        given: [0],
        reward: 0.1,
        truncated: false,
        next: [1, 2],
      },
      {
        ...common,
        environment: 1,
        observation: [30, 40],
        action: [3],
        given: [3],
        reward: 0.2,
        truncated: true,
        next: [-3, -4],
      },
    ]);
    expect([agent.envSteps, agent.episodes]).toEqual([2, 1]);
  });

  test("takes rows of numbers where actions are none", () => {
    const agent = probe({ environments: 2 }, multiDiscrete([2, 3]));
    agent.observeRows(shown, Float32Array.of(0, 2, 1, 0), result());
    expect(agent.experience.taken.map(({ action }) => action)).toEqual([
      [0, 2],
      [1, 0],
    ]);
  });

  test.each<[Float32Array, Int32Array, Partial<VectorStepResult>, string]>([
    [new Float32Array(3), Int32Array.of(100, 101), {}, "observeRows: observations expected 4 numbers, got"],
    [shown, Int32Array.of(100), {}, "observeRows: actions expected 2 numbers, got Int32Array [100]."],
    [
      shown,
      Int32Array.of(100, 99),
      {},
      "observeRows: action of environment 1 expected an integer in 100..103, got 99. Pass what actRows wrote.",
    ],
    [
      shown,
      Int32Array.of(100, 101),
      { reward: Float64Array.of(0, Number.NaN) },
      "observeRows: reward of environment 1 expected a finite number, got NaN.",
    ],
    [
      shown,
      Int32Array.of(100, 101),
      { finalObservation: Float32Array.of(0, 0, Number.NaN, 0) },
      "observeRows: observation of environment 1 expected finite numbers, got NaN at index 0.",
    ],
    [Float32Array.of(0, 0, 666, 0), Int32Array.of(100, 101), {}, "observeRows: row 1 refused"],
  ])("takes in none where one row does not fit", (observations, actions, changes, message) => {
    const agent = probe({ environments: 2 });
    expect(() => agent.observeRows(observations, actions, result(changes))).toThrow(message);
    expectUntouched(agent);
  });

  test("wants no step half observed", () => {
    const agent = probe({ environments: 2 });
    agent.observe(step(0));
    expect(() => agent.observeRows(shown, Int32Array.of(100, 101), result())).toThrow(
      "observeRows: transitions expected whole steps of 2 environments, got a step of which 1 are observed.",
    );
  });
});
