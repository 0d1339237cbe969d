// Calls with something wrong: each is refused with where, what was expected, what came and what to do, and changes nothing.

import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import type { VectorStepResult } from "../../../src/env.ts";
import { StateError } from "../../../src/errors.ts";
import { flatSize, flatten, type SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { AGENTS, type Row, strollFor } from "./agents.ts";
import { sampleOf, transitionOf } from "./made-up.ts";
import { expectSameFile } from "./same-file.ts";

/** `<where>: <what> expected <rule>, got <value>. <what to do>.` */
const FORM = /^[\w.]+: .+ expected .+, got .*\. .+[.?]$/s;

/** An agent in the middle of something: it has learned, and acted on what environments show next. */
class Moment {
  readonly agent: AgentBase;
  readonly environments: number;
  readonly observations: SpaceValue[];
  /** Flat, and the actions that were chosen for them. */
  readonly rows: Float32Array;
  readonly actions: Int32Array;

  constructor(row: Row) {
    const { observationSpace, actionSpace } = strollFor(row);
    this.environments = row.isParallel ? 3 : 1;
    this.agent = row.make({ observationSpace, actionSpace }, { environments: this.environments });
    for (let step = 0; step < 8; step++) {
      const transitions = this.#act(step).map((action, e) => transitionOf(observationSpace, 3 * step + e, action));
      this.agent.observeBatch(transitions);
      this.agent.update();
    }
    this.observations = this.#shown(8);
    const size = flatSize(observationSpace);
    this.rows = new Float32Array(this.environments * size);
    for (const [e, value] of this.observations.entries()) flatten(observationSpace, value, this.rows, e * size);
    this.actions = Int32Array.from(this.#act(8));
  }

  #shown(step: number): SpaceValue[] {
    return Array.from({ length: this.environments }, (_, e) => sampleOf(this.agent.observationSpace, 3 * step + e));
  }

  #act(step: number): number[] {
    return Array.from(this.agent.actBatch(this.#shown(step), { explore: true }));
  }

  /** What came of the chosen action of environment 0, but for `change`. */
  transition(change: object = {}): Transition {
    return { ...transitionOf(this.agent.observationSpace, 24, this.actions[0]), ...change };
  }

  /** What came of all chosen actions, the last one's changed. */
  transitions(change: object = {}): Transition[] {
    const last = this.environments - 1;
    return Array.from(this.actions, (action, e) => ({
      ...transitionOf(this.agent.observationSpace, 24 + e, action),
      ...(e === last && change),
    }));
  }

  result(change: Partial<VectorStepResult> = {}): VectorStepResult {
    const { environments, rows } = this;
    return {
      observation: rows,
      finalObservation: rows,
      reward: new Float64Array(environments),
      terminated: new Uint8Array(environments),
      truncated: new Uint8Array(environments),
      info: [],
      ...change,
    };
  }
}

type Call = (moment: Moment) => unknown;

/** Nothing of a space, whatever it is of. */
const NO_OBSERVATIONS: Readonly<Record<string, unknown>> = {
  text: "1",
  null: null,
  nothing: undefined,
  "a short list": [0],
  "a NaN": [0, Number.NaN, 0],
  "an infinity": [Number.POSITIVE_INFINITY, 0, 0],
  "a number beyond float32": [0, 0, 1e39],
  "a number outside": 7,
  "a fraction": 1.5,
};

const last = (rows: Float32Array, value: number): Float32Array => rows.with(rows.length - 1, value);

/** What is wrong, the call, and how its message begins: `<where>: <what> expected <rule>`. */
type Case = readonly [string, Call, string];

const NAN = Number.NaN;
const GIVE_MASK = "mask expected at least one allowed action";

const ACTING: readonly Case[] = [
  [
    "a short mask",
    (m) => m.agent.act(m.observations[0], { mask: [1, 1] }),
    "act: mask expected 3 entries, got [1, 1].",
  ],
  [
    "a mask that allows nothing",
    (m) => m.agent.act(m.observations[0], { explore: true, mask: [0, false, 0] }),
    `act: ${GIVE_MASK}, got none. Allow one.`,
  ],
  [
    "a mask that is a number",
    (m) => m.agent.act(m.observations[0], { mask: 3 as never }),
    "act: mask expected 3 entries, got 3. Give one per action.",
  ],
  [
    "a batch whose second observation is none",
    (m) => m.agent.actBatch([m.observations[0], "x" as never]),
    "actBatch: observations[1] expected",
  ],
  [
    "an explored batch whose last observation is none",
    (m) => m.agent.actBatch(m.observations.with(-1, "x" as never), { explore: true }),
    "actBatch: observations[",
  ],
  [
    "a batch with room for too few actions",
    (m) => m.agent.actBatch([m.observations[0], m.observations[0]], {}, new Int32Array(1)),
    "actBatch: actions expected 2 numbers, got Int32Array [0]. Pass those of all environments or observations.",
  ],
  [
    "a batch of many with one that is none",
    (m) => m.agent.actBatch(Array.from({ length: 131 }, (_, i) => (i === 100 ? ([] as never) : m.observations[0]))),
    "actBatch: observations[100] expected",
  ],
  [
    "a batch with a mask that allows nothing",
    (m) => m.agent.actBatch([m.observations[0], m.observations[0]], { masks: [undefined, [0, 0, 0]] }),
    `actBatch: ${GIVE_MASK}, got none. Allow one.`,
  ],
  [
    "rows of another length",
    (m) => m.agent.actRows(new Float32Array(2), m.actions.slice()),
    "actRows: observations expected",
  ],
  ["rows for fewer actions", (m) => m.agent.actRows(m.rows, new Int32Array(0)), "actRows: actions expected"],
  [
    "rows with a NaN",
    (m) => m.agent.actRows(last(m.rows, NAN), m.actions.slice()),
    "actRows: observation of environment",
  ],
];

/** Parts of a transition that are wrong, and how the message begins after where. */
const OBSERVING: readonly (readonly [string, object, string])[] = [
  ["a NaN reward", { reward: NAN }, "reward expected a finite number, got NaN. Check the environment."],
  ["an infinite reward", { reward: -Infinity }, "reward expected a finite number, got -Infinity."],
  ["a reward beyond float32", { reward: 1e39 }, "reward expected a finite number, got 1e+39."],
  ["no reward", { reward: undefined }, "reward expected a finite number, got undefined."],
  ["an action below the space", { action: 0 }, "action expected an integer in 1..3, got 0. Pass what act returned."],
  ["an action above the space", { action: 4 }, "action expected an integer in 1..3, got 4."],
  ["a fractional action", { action: 1.5 }, "action expected an integer in 1..3, got 1.5."],
  ["a list for an action", { action: [1] }, "action expected an integer in 1..3, got [1]."],
  ["a flag that is a number", { truncated: 1 }, "terminated and truncated expected booleans, got "],
  ["a missing flag", { terminated: undefined }, "terminated and truncated expected booleans, got undefined and "],
  ["a next observation that is none", { nextObservation: [NAN] }, "nextObservation expected "],
  ["no observation", { observation: undefined }, "observation expected "],
];

/** The last environment's number of a row. */
const lastOf = <T extends Float64Array | Uint8Array>(numbers: T, value: number): T => {
  numbers[numbers.length - 1] = value;
  return numbers;
};

const OBSERVING_ROWS: readonly Case[] = [
  [
    "observations that are too few",
    (m) => m.agent.observeRows(new Float32Array(2), m.actions, m.result()),
    "observeRows: observations expected",
  ],
  [
    "actions that are too few",
    (m) => m.agent.observeRows(m.rows, new Int32Array(0), m.result()),
    "observeRows: actions expected",
  ],
  [
    "an action outside the space",
    (m) => m.agent.observeRows(m.rows, m.actions.with(-1, 4), m.result()),
    "observeRows: action of environment",
  ],
  [
    "flags that are too few, or none",
    (m) => {
      const { observation, finalObservation, reward, truncated } = m.result();
      m.agent.observeRows(m.rows, m.actions, { observation, finalObservation, reward, truncated } as never);
    },
    "observeRows: terminated expected",
  ],
  [
    "a reward that is none",
    (m) => m.agent.observeRows(m.rows, m.actions, m.result({ reward: lastOf(new Float64Array(m.environments), NAN) })),
    "observeRows: reward of environment",
  ],
  [
    "a next observation that is none",
    (m) => m.agent.observeRows(m.rows, m.actions, m.result({ observation: last(m.rows, NAN) })),
    "observeRows: observation of environment",
  ],
  [
    "a final observation that is none",
    (m) => {
      const truncated = lastOf(new Uint8Array(m.environments), 1);
      m.agent.observeRows(m.rows, m.actions, m.result({ truncated, finalObservation: last(m.rows, NAN) }));
    },
    "observeRows: observation of environment",
  ],
];

const TIME = "It is a time in milliseconds.";
const OTHERS: readonly Case[] = [
  [
    "a negative number of updates",
    (m) => m.agent.update({ maxUpdates: -1 }),
    "update: maxUpdates expected an integer at least 0, got -1. It counts updates.",
  ],
  [
    "half an update",
    (m) => m.agent.update({ maxUpdates: 0.5 }),
    "update: maxUpdates expected an integer at least 0, got 0.5.",
  ],
  [
    "a time that is none for updates",
    (m) => m.agent.update({ budgetMs: NAN }),
    `update: budgetMs expected a number at least 0, got NaN. ${TIME}`,
  ],
  [
    "no steps to learn",
    (m) => m.agent.learnSync(0),
    "learnSync: steps expected an integer at least 1, got 0. It counts environment steps.",
  ],
  ["half a step to learn", (m) => m.agent.learn(1.5), "learn: steps expected an integer at least 1, got 1.5."],
  [
    "a slice that is none",
    (m) => m.agent.learn(1, { sliceMs: NAN }),
    `learn: sliceMs expected a number at least 0, got NaN. ${TIME}`,
  ],
  [
    "an interval below 0",
    (m) => m.agent.learn(1, { progressIntervalMs: -1 }),
    `learn: progressIntervalMs expected a number at least 0, got -1. ${TIME}`,
  ],
  [
    "a callback every 0 steps",
    (m) => m.agent.learn(1, { callbacks: [{ name: "x", everySteps: 0 }] }),
    "learn: everySteps of callback x expected an integer at least 1, got 0. It counts environment steps.",
  ],
  [
    "learning without an environment",
    (m) => m.agent.learn(1),
    "learn: agent expected to have an environment, got spaces only. Use act, observe and update.",
  ],
  [
    "learning at once without an environment",
    (m) => m.agent.learnSync(1),
    "learnSync: agent expected to have an environment, got spaces only. Use act, observe and update.",
  ],
  [
    "contents that there are none",
    (m) => m.agent.save({ contents: "all" as never }),
    'save: contents expected "run" or "policy", got "all". Leave it out for "run".',
  ],
];

describe.each(AGENTS)("$name", (row) => {
  async function expectRefused(call: Call, begins: string): Promise<void> {
    const moment = new Moment(row);
    const before = moment.agent.save();
    let error: unknown;
    try {
      await call(moment);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(Error);
    const { message, name } = error as Error;
    expect(["TypeError", "RangeError", "StateError"]).toContain(name);
    expect(message).toMatch(FORM);
    expect(message.slice(0, begins.length)).toBe(begins);
    expectSameFile(moment.agent.save(), before);
  }

  test.each(Object.entries(NO_OBSERVATIONS))(
    "acting on no observation is refused, and changes nothing: %s",
    async (_, value) => {
      for (const explore of [false, true]) {
        await expectRefused(({ agent }) => agent.act(value as never, { explore }), "act: observation expected ");
      }
    },
  );

  test.each(ACTING)("wrong acting is refused, and changes nothing: %s", async (_, call, begins) => {
    await expectRefused(call, begins);
  });

  test.each(OBSERVING)(
    "a wrong transition is refused, alone or as the last of a step: %s",
    async (_, change, begins) => {
      await expectRefused((m) => m.agent.observe(m.transition(change)), `observe: ${begins}`);
      await expectRefused((m) => m.agent.observeBatch(m.transitions(change)), `observeBatch: ${begins}`);
    },
  );

  test.each(OBSERVING_ROWS)("wrong rows of a step are refused, and change nothing: %s", async (_, call, begins) => {
    await expectRefused(call, begins);
  });

  test.each(OTHERS)("a wrong call is refused, and changes nothing: %s", async (_, call, begins) => {
    await expectRefused(call, begins);
  });

  if (row.isParallel)
    test("a part of a step is refused as a batch, and whole ones in the middle of one", async () => {
      const wanted = "transitions expected";
      await expectRefused(
        (m) => m.agent.observeBatch(m.transitions().slice(1)),
        `observeBatch: ${wanted} a multiple of the 3 environments, got 2. Give one per environment, in their order.`,
      );
      const half = `${wanted} whole steps of 3 environments, got a step of which 1 are observed. Observe the others first.`;
      for (const [call, where] of [
        [(m: Moment) => m.agent.observeBatch(m.transitions()), "observeBatch"],
        [(m: Moment) => m.agent.observeRows(m.rows, m.actions, m.result()), "observeRows"],
        [(m: Moment) => m.agent.actRows(m.rows, m.actions), "actRows"],
        [(m: Moment) => m.agent.actBatch(m.observations, { explore: true }), "actBatch"],
      ] as const) {
        const moment = new Moment(row);
        moment.agent.observe(moment.transition());
        const before = moment.agent.save();
        expect(() => call(moment)).toThrow(new StateError(`${where}: ${half}`));
        expectSameFile(moment.agent.save(), before);
      }
    });
});
