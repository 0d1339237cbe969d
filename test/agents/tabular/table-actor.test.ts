import { describe, expect, test } from "vitest";
import { QLearning } from "../../../src/agents/tabular/q-learning.ts";
import { QTable } from "../../../src/agents/tabular/q-table.ts";
import { StateEncoder } from "../../../src/agents/tabular/state-encoder.ts";
import { TableActor } from "../../../src/agents/tabular/table-actor.ts";
import type { TabularOptions, TabularSettings } from "../../../src/agents/tabular/tabular-options.ts";
import { planChoice } from "../../../src/experience/actor.ts";
import { discrete, type Space } from "../../../src/space.ts";
import type { AgentContext } from "../../../src/training/context.ts";
import { open } from "../../../src/training/open.ts";
import { contentsOf } from "../../formats/written.ts";

interface Made {
  readonly actor: TableActor;
  readonly context: AgentContext<TabularSettings>;
}

/** Two states of three actions: the best one is 2 in state 0 and 1 in state 1. */
function make(options: TabularOptions = {}): Made {
  const spaces = { observationSpace: discrete(2), actionSpace: discrete(3, 5) };
  const encoder = (where: string, space: Space): StateEncoder => new StateEncoder(where, space);
  const context = open<TabularSettings>(QLearning, spaces, { seed: 4, ...options }, encoder);
  const table = new QTable(2, 3, 1, 0);
  table.values.set([0, 1, 2, 0, 3, 1]);
  return { actor: new TableActor(context, table), context };
}

function choose({ actor }: Made, states: readonly number[], explore: boolean, mask: number[] | null = null): number[] {
  const { action, given } = planChoice(states.length, 1);
  const observation = Float32Array.from(states);
  const masks = mask === null ? null : Float32Array.from(mask);
  const rows = { rows: states.length, first: 0, observation, mask: masks, starts: null, streams: null };
  actor.choose(rows, explore, { action, given, remembered: null });
  expect(given).toEqual(action);
  return Array.from(action);
}

/** Counts of 3000 exploring choices in state 0. */
function counted(made: Made, mask: number[] | null = null): number[] {
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[choose(made, [0], true, mask)[0]]++;
  return counts;
}

describe("greed", () => {
  test("takes the best action of every row, whatever epsilon is, and draws nothing", () => {
    const made = make({ epsilon: 1 });
    const before = contentsOf(made.context.streams);
    expect(choose(made, [0, 1, 0], false)).toEqual([2, 1, 2]);
    expect(contentsOf(made.context.streams)).toEqual(before);
  });

  test("takes the best of what each row's mask allows", () => {
    expect(choose(make(), [0, 1, 0], false, [1, 1, 0, 1, 0, 1, 1, 0, 0])).toEqual([1, 2, 0]);
  });
});

describe("exploration", () => {
  test("takes a random action as often as epsilon says, all alike, and else the best one", () => {
    const counts = counted(make({ epsilon: 0.3 }));
    // 0.1 of 3000 for each of the others; a standard deviation is 16.
    for (const a of [0, 1]) expect(Math.abs(counts[a] - 300)).toBeLessThan(80);
    expect(counted(make({ epsilon: 0 }))).toEqual([0, 0, 3000]);
  });

  test("never takes what a mask forbids, and all that it allows alike", () => {
    const counts = counted(make({ epsilon: 1 }), [1, 0, 1]);
    expect(counts[1]).toBe(0);
    expect(Math.abs(counts[0] - 1500)).toBeLessThan(140);
    // Of the row that it is for.
    const made = make({ epsilon: 1 });
    for (let i = 0; i < 50; i++) expect(choose(made, [0, 0], true, [1, 1, 1, 0, 1, 0])[1]).toBe(1);
  });

  test("follows epsilon's schedule", () => {
    const made = make({ epsilon: { type: "linear", from: 1, to: 0, steps: 100 } });
    expect(new Set(counted(made).map((count) => count > 900))).toEqual(new Set([true]));
    made.context.counters.envSteps = 100;
    expect(counted(made)).toEqual([0, 0, 3000]);
  });

  test("of the same seed is the same", () => {
    const [a, b] = [make({ epsilon: 0.5 }), make({ epsilon: 0.5 })];
    expect(counted(a)).toEqual(counted(b));
    expect(counted(make({ epsilon: 0.5, seed: 5 }))).not.toEqual(counted(make({ epsilon: 0.5 })));
  });

  test("draws for one state what it chooses for one row", () => {
    const [drawn, chosen] = [make({ epsilon: 0.5 }), make({ epsilon: 0.5 })];
    const mask = Float32Array.of(1, 1, 0);
    for (let i = 0; i < 50; i++) {
      expect(drawn.actor.draw(1, null)).toBe(choose(chosen, [1], true)[0]);
      expect(drawn.actor.draw(0, mask)).toBe(choose(chosen, [0], true, [1, 1, 0])[0]);
    }
  });
});
