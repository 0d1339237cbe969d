// Calls with something wrong: each is refused with where, what was expected, what came and what to do, and changes nothing.

import { describe, expect, test } from "vitest";
import type { Transition } from "../../../src/agent.ts";
import type { VectorStepResult } from "../../../src/env.ts";
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

const acting: Readonly<Record<string, Call>> = {
  "a short mask": ({ agent, observations }) => agent.act(observations[0], { mask: [1, 1] }),
  "a mask that allows nothing": ({ agent, observations }) =>
    agent.act(observations[0], { explore: true, mask: [0, false, 0] }),
  "no mask but a number": ({ agent, observations }) => agent.act(observations[0], { mask: 3 as never }),
  "something to write into": ({ agent, observations }) => agent.act(observations[0], { into: new Float32Array(1) }),
  "a batch whose second observation is none": ({ agent, observations }) =>
    agent.actBatch([observations[0], "x" as never], { explore: true }),
  "a batch of many with one that is none": ({ agent, observations }) =>
    agent.actBatch(Array.from({ length: 131 }, (_, i) => (i === 100 ? ([] as never) : observations[0]))),
  "a batch with a mask that is none": ({ agent, observations }) =>
    agent.actBatch([observations[0], observations[0]], { masks: [undefined, [0, 0, 0]] }),
  "rows of another length": ({ agent, actions }) => agent.actRows(new Float32Array(2), actions.slice()),
  "rows for fewer actions": ({ agent, rows }) => agent.actRows(rows, new Int32Array(0)),
  "rows with a NaN": ({ agent, rows, actions }) => agent.actRows(last(rows, Number.NaN), actions.slice()),
};

const observing: Readonly<Record<string, object>> = {
  "a NaN reward": { reward: Number.NaN },
  "an infinite reward": { reward: -Infinity },
  "a reward beyond float32": { reward: 1e39 },
  "no reward": { reward: undefined },
  "an action below the space": { action: 0 },
  "an action above the space": { action: 4 },
  "a fractional action": { action: 1.5 },
  "a list for an action": { action: [1] },
  "a flag that is a number": { truncated: 1 },
  "a missing flag": { terminated: undefined },
  "a next observation that is none": { nextObservation: [Number.NaN] },
  "no observation": { observation: undefined },
};

const observed: Readonly<Record<string, Call>> = {
  "half a step": (moment) => {
    const { agent, environments } = moment;
    const some = environments === 1 ? [moment.transition({ reward: "1" })] : moment.transitions().slice(1);
    agent.observeBatch(some);
  },
  "observations of rows that are too few": (moment) =>
    moment.agent.observeRows(new Float32Array(2), moment.actions, moment.result()),
  "actions of rows that are too few": (moment) =>
    moment.agent.observeRows(moment.rows, new Int32Array(0), moment.result()),
  "an action of a row outside the space": (moment) =>
    moment.agent.observeRows(moment.rows, moment.actions.with(moment.environments - 1, 4), moment.result()),
  "a reward of a row that is none": (moment) => {
    const reward = new Float64Array(moment.environments).with(moment.environments - 1, Number.NaN);
    moment.agent.observeRows(moment.rows, moment.actions, moment.result({ reward }));
  },
  "a next observation of a row that is none": (moment) =>
    moment.agent.observeRows(
      moment.rows,
      moment.actions,
      moment.result({ observation: last(moment.rows, Number.NaN) }),
    ),
  "a final observation of a row that is none": (moment) => {
    const truncated = new Uint8Array(moment.environments).fill(1);
    const finalObservation = last(moment.rows, Number.NaN);
    moment.agent.observeRows(moment.rows, moment.actions, moment.result({ truncated, finalObservation }));
  },
};

const others: Readonly<Record<string, Call>> = {
  "updates below 0": ({ agent }) => agent.update({ maxUpdates: -1 }),
  "half an update": ({ agent }) => agent.update({ maxUpdates: 0.5 }),
  "a time that is none": ({ agent }) => agent.update({ budgetMs: Number.NaN }),
  "no steps to learn": ({ agent }) => agent.learnSync(0),
  "half a step to learn": ({ agent }) => agent.learn(1.5),
  "learning without an environment": ({ agent }) => agent.learn(1),
  "learning at once without an environment": ({ agent }) => agent.learnSync(1),
  "a slice that is none": ({ agent }) => agent.learn(1, { sliceMs: Number.NaN }),
  "an interval below 0": ({ agent }) => agent.learn(1, { progressIntervalMs: -1 }),
  "a callback every 0 steps": ({ agent }) => agent.learn(1, { callbacks: [{ name: "x", everySteps: 0 }] }),
  "contents that there are none": ({ agent }) => agent.save({ contents: "all" as never }),
};

describe.each(AGENTS)("$name", (row) => {
  async function expectRefused(call: Call): Promise<void> {
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
    expectSameFile(moment.agent.save(), before);
  }

  test.each(Object.entries(NO_OBSERVATIONS))(
    "an observation that is none is refused, and nothing changes: %s",
    async (_, value) => {
      for (const explore of [false, true]) await expectRefused(({ agent }) => agent.act(value as never, { explore }));
    },
  );

  test.each(Object.entries(acting))("wrong acting is refused, and nothing changes: %s", async (_, call) => {
    await expectRefused(call);
  });

  test.each(Object.entries(observing))(
    "a wrong transition is refused, alone or as the last of a step: %s",
    async (_, change) => {
      await expectRefused((moment) => moment.agent.observe(moment.transition(change)));
      await expectRefused((moment) => moment.agent.observeBatch(moment.transitions(change)));
    },
  );

  test.each(Object.entries(observed))("a wrong step is refused, and nothing changes: %s", async (_, call) => {
    await expectRefused(call);
  });

  test.each(Object.entries(others))("another wrong call is refused, and nothing changes: %s", async (_, call) => {
    await expectRefused(call);
  });
});
