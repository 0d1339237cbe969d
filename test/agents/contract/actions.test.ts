// What `act` and `actBatch` give: values of the action space, whatever the kind; only what a mask allows; in the caller's memory
// where it is asked for.

import { describe, expect, test } from "vitest";
import type { ActionValue } from "../../../src/agent.ts";
import { contains, type SpaceValue } from "../../../src/space.ts";
import type { AgentBase } from "../../../src/training/agent-base.ts";
import { type ActionKind, AGENTS, type Row, strollFor } from "./agents.ts";
import { sampleOf } from "./made-up.ts";
import { expectSameFile } from "./same-file.ts";

const EXPLORE = { explore: true };

/** An agent for callers who own their loop, that has learned a little. */
function trained(row: Row, kind?: ActionKind, options: object = {}): AgentBase {
  const env = strollFor(row, kind);
  const agent = row.make(env, options);
  agent.learnSync(40);
  const { observationSpace, actionSpace } = env;
  return row.agent.load(agent.save({ contents: "policy" }), { env: { observationSpace, actionSpace } });
}

function observationsFor({ observationSpace }: AgentBase, count: number): SpaceValue[] {
  return Array.from({ length: count }, (_, k) => sampleOf(observationSpace, k));
}

const plain = (action: ActionValue): number[] => (typeof action === "number" ? [action] : Array.from(action));

/** Actions of a batch, one by one. */
function each(actions: Int32Array | Float32Array, count: number): ActionValue[] {
  const size = actions.length / count;
  return Array.from({ length: count }, (_, i) =>
    actions instanceof Int32Array ? actions[i] : actions.slice(i * size, (i + 1) * size),
  );
}

describe.each(AGENTS)("$name", (row) => {
  const kinds = row.agent.about.actions;
  const numbered = kinds.filter((kind) => kind === "discrete" || kind === "multi-discrete");
  const others = kinds.filter((kind) => kind !== "discrete");
  const unmasked = kinds.filter((kind) => kind === "multi-binary" || kind === "box");

  test.each(kinds)("actions are values of the space, greedy and exploring: %s", (kind) => {
    const agent = trained(row, kind);
    for (const observation of observationsFor(agent, 40)) {
      for (const options of [{}, EXPLORE]) {
        const action = agent.act(observation, options);
        expect(contains(agent.actionSpace, action), String(action)).toBe(true);
        expect(typeof action).toBe(kind === "discrete" ? "number" : "object");
      }
      const [first] = each(agent.actBatch([observation], EXPLORE), 1);
      expect(contains(agent.actionSpace, first)).toBe(true);
    }
  });

  test.each(kinds)("a batch of more rows than are acted on together is acted on as each of them alone: %s", (kind) => {
    const agent = trained(row, kind);
    const observations = observationsFor(agent, 131);
    const alone = observations.map((observation) => plain(agent.act(observation)));
    expect(each(agent.actBatch(observations), 131).map(plain)).toEqual(alone);
    expect(agent.actBatch([]).length).toBe(0);
  });

  test.each(kinds)("a batch goes into the array that is passed, which is returned: %s", (kind) => {
    const agent = trained(row, kind);
    const observations = observationsFor(agent, 5);
    const fresh = agent.actBatch(observations);
    const into = kind === "discrete" ? new Int32Array(5) : new Float32Array(fresh.length);
    expect(agent.actBatch(observations, {}, into)).toBe(into);
    expect(into).toEqual(fresh);
  });

  test.each(others)("an action that is no number is a fresh array, or the one to write into: %s", (kind) => {
    const agent = trained(row, kind);
    const [one, other] = observationsFor(agent, 2);
    const first = agent.act(one) as Float32Array;
    const kept = [...first];
    expect(agent.act(other)).not.toBe(first);
    expect([...first]).toEqual(kept);
    const into = new Float32Array(first.length);
    expect(agent.act(one, { into })).toBe(into);
    expect([...into]).toEqual(kept);
    expect(() => agent.act(one, { into: new Float32Array(first.length + 1) })).toThrow(TypeError);
    expect(() => agent.act(one, { into: [0, 0] as never })).toThrow(
      `act: into expected a Float32Array of ${first.length} numbers, got [0, 0]. Leave it out for a fresh action.`,
    );
  });

  test("an action that is a number is written into nothing", () => {
    const agent = trained(row);
    const [observation] = observationsFor(agent, 1);
    expect(() => agent.act(observation, { into: new Float32Array(1) })).toThrow(
      "act: into expected none, since actions are numbers, got Float32Array [0]. Leave it out for a fresh action.",
    );
  });

  test.each(numbered)("what a mask forbids is never chosen, alone or in a batch, greedy or exploring: %s", (kind) => {
    const agent = trained(row, kind);
    const masks =
      kind === "discrete"
        ? [
            [1, 0, 1],
            [false, true, false],
            [1, 1, 0],
          ]
        : [
            [1, 0, 0, 1, 1],
            [1, 1, 0, 0, 1],
          ];
    /** Options that an action stands for, among those of all choices. */
    const optionsOf = (action: ActionValue): number[] =>
      typeof action === "number" ? [action - 1] : [action[0], 2 + action[1]];
    const observations = observationsFor(agent, 60);
    for (const mask of masks) {
      const allows = (action: ActionValue): boolean => optionsOf(action).every((option) => Boolean(mask[option]));
      for (const explore of [false, true]) {
        for (const observation of observations) expect(allows(agent.act(observation, { explore, mask }))).toBe(true);
        const [alone] = each(agent.actBatch(observations.slice(0, 1), { explore, masks: [mask] }), 1);
        expect(allows(alone)).toBe(true);
      }
      // Every other row is free.
      const rows = observations.map((_, i) => (i % 2 === 0 ? mask : undefined));
      const actions = each(agent.actBatch(observations, { masks: rows }), observations.length);
      const alone = observations.map((observation, i) => agent.act(observation, rows[i] && { mask: rows[i] }));
      expect(actions.map(plain)).toEqual(alone.map(plain));
    }
  });

  if (row.isParallel)
    test("masks hold for their own environment of several that are explored in", () => {
      const env = strollFor(row);
      const { observationSpace, actionSpace } = env;
      const agent = row.make({ observationSpace, actionSpace }, { environments: 3 });
      const observations = observationsFor(agent, 3);
      const seen = [new Set<number>(), new Set<number>(), new Set<number>()];
      for (let draw = 0; draw < 60; draw++) {
        const masks = [[0, 1, 1], undefined, [0, 0, 1]];
        const actions = agent.actBatch(observations, { explore: true, masks });
        for (const [e, action] of actions.entries()) seen[e].add(action);
      }
      expect(seen[0].has(1)).toBe(false);
      expect([...seen[2]]).toEqual([3]);
    });

  test.each(unmasked)("a mask of actions that have no options is refused: %s", (kind) => {
    const agent = trained(row, kind);
    const [observation] = observationsFor(agent, 1);
    const message = `mask expected none for ${kind} actions, got [1, 1]. Only numbered options can be forbidden.`;
    expect(() => agent.act(observation, { mask: [1, 1] })).toThrow(`act: ${message}`);
    expect(() => agent.actBatch([observation], { masks: [[1, 1]] })).toThrow(`actBatch: ${message}`);
  });

  test("where there are action values, the greedy action is the first of the largest", () => {
    const agent = trained(row) as AgentBase & { qValues?(observation: SpaceValue): ArrayLike<number> };
    for (const observation of observationsFor(agent, 30)) {
      const q = agent.qValues?.(observation);
      if (q === undefined) return;
      expect(q).toHaveLength(3);
      expect(agent.act(observation)).toBe(1 + Array.from(q).indexOf(Math.max(...Array.from(q))));
    }
  });

  test("greedy acting and looking draw nothing and change nothing", () => {
    const agent = row.make();
    agent.learnSync(40);
    const before = agent.save();
    const observations = observationsFor(agent, 70);
    const first = observations.map((observation) => agent.act(observation, { episodeStart: true }));
    agent.actBatch(observations);
    agent.metrics();
    agent.memory();
    expect(observations.map((observation) => agent.act(observation))).toEqual(first);
    expectSameFile(agent.save(), before);
  });
});
