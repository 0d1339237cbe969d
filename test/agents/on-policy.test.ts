// Rounds of updates: when a rollout is learned from, in which order and parts, and going on in the middle from a file.

import { describe, expect, test } from "vitest";
import { PQN, type PQNOptions } from "../../src/agents/deep-q/pqn.ts";
import type { PQNSettings } from "../../src/agents/deep-q/pqn-options.ts";
import {
  minibatchSizeOf,
  onPolicyLearner,
  planNormalizer,
  type Round,
  type RoundUpdate,
} from "../../src/agents/on-policy.ts";
import type { Backend } from "../../src/backend.ts";
import { CheckpointError } from "../../src/errors.ts";
import { type CheckpointPart, partsTogether } from "../../src/formats/checkpoint-part.ts";
import { box, discrete } from "../../src/space.ts";
import type { Learner } from "../../src/training/learner.ts";
import { open } from "../../src/training/open.ts";
import { stepOf, type WrittenStep } from "../experience/step-rows.ts";
import { contentsOf, handOver, readerOf, written } from "../formats/written.ts";

const SPACES = { observationSpace: box(-1000, 1000, [1]), actionSpace: discrete(2) };
const SMALL = { rolloutSteps: 4, environments: 2, epochs: 2, minibatches: 3 };

interface Made {
  readonly learner: Learner;
  readonly round: Round<never>;
  readonly log: string[];
  /** Slots of every minibatch that was learned from. */
  readonly minibatches: number[][];
  readonly fill: (steps: number, changes?: (k: number) => Partial<WrittenStep>) => void;
  readonly counters: { readonly updates: number };
}

/** A round whose updates note what they were given. @param changes to what the algorithm plans */
function made(
  options: PQNOptions = {},
  changes: (round: Round<never>, backend: Backend) => Partial<RoundUpdate<never>> = () => ({}),
  sequenceSteps: number = 1,
): Made {
  const context = open<PQNSettings>(PQN, SPACES, { ...SMALL, ...options });
  const { actions, backend } = context;
  const log: string[] = [];
  const minibatches: number[][] = [];
  const kept: { round?: Round<never> } = {};
  const learner = onPolicyLearner<never>(context, {
    ...{ remembers: null, normalizer: planNormalizer(context), sequenceSteps },
    present: (rows, stored, given) => actions.present(rows, stored, given),
    roundOver: () => void log.push("over"),
    plan: (round) => {
      kept.round = round;
      const target = backend.tensor(1, 2);
      return {
        prepare: () => {
          backend.write(target, [7, context.counters.updates]);
          log.push("prepare");
        },
        prepared: { target },
        learn: (first, rows) => {
          const order = backend.read(round.order) as Float32Array;
          minibatches.push(Array.from(order.subarray(first, first + rows)));
          log.push(`learn ${rows}`);
          return true;
        },
        ...changes(round, backend),
      };
    },
  });
  let k = 0;
  const fill: Made["fill"] = (steps, written = () => ({})) => {
    for (let step = 0; step < steps; step++) {
      const rows = Array.from({ length: context.environments }, () => {
        const row = { observation: [k], next: [k + 1], reward: k, ...written(k) };
        k++;
        return row;
      });
      learner.experience.add(stepOf(rows));
    }
  };
  return { learner, round: kept.round!, log, minibatches, fill, counters: context.counters };
}

const all = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
const sorted = (slots: readonly number[]): number[] => [...slots].sort((a, b) => a - b);

describe("a round", () => {
  test("is due when the rollout is full: all epochs and minibatches", () => {
    const { fill, learner } = made();
    fill(3);
    expect([learner.due(0), learner.updateOnce()]).toEqual([0, false]);
    fill(1);
    expect([learner.due(0), learner.mostDue]).toEqual([6, 6]);
    learner.updateOnce();
    expect(learner.due(0)).toBe(5);
  });

  test("prepares once, learns from parts of every epoch, and leaves an empty rollout", () => {
    const { counters, fill, learner, log, minibatches } = made();
    fill(4);
    for (let update = 0; update < 6; update++) expect(learner.updateOnce()).toBe(true);
    expect(log).toEqual(["prepare", ...new Array(6).fill("learn 2"), "over"]);
    expect(counters.updates).toBe(6);
    for (const epoch of [minibatches.slice(0, 3), minibatches.slice(3)]) {
      // Two of eight sit this epoch out.
      const slots = epoch.flat();
      expect(new Set(slots).size).toBe(6);
      expect(slots.every((slot) => slot >= 0 && slot < 8)).toBe(true);
    }
    expect(minibatches.slice(3)).not.toEqual(minibatches.slice(0, 3));
    expect([learner.experience.size, learner.due(0), learner.updateOnce()]).toEqual([0, 0, false]);
    fill(4);
    expect(learner.updateOnce()).toBe(true);
    expect(log.slice(-2)).toEqual(["prepare", "learn 2"]);
  });

  test("goes through the rollout as it was collected where nothing is shuffled", () => {
    const { fill, learner, minibatches } = made({ minibatches: 4 }, () => ({ isShuffled: false }));
    fill(4);
    for (let update = 0; update < 8; update++) learner.updateOnce();
    expect(minibatches.flat()).toEqual([...all(8), ...all(8)]);
  });

  test("learns from all at once, in whole sequences, where the algorithm says so", () => {
    const { fill, learner, minibatches, round } = made({ minibatches: 3 }, undefined, 2);
    // Four sequences of two steps: one in every minibatch, one sits the epoch out.
    expect(round.minibatchSize).toBe(2);
    fill(4);
    learner.updateOnce();
    const [[first, second]] = minibatches;
    expect(second).toBe(first + 2);
  });

  test("ends where an update was not made, which does not count", () => {
    let left = 3;
    const { counters, fill, learner, log } = made({}, () => ({ learn: () => left-- > 0 }));
    fill(4);
    expect(Array.from({ length: 5 }, () => learner.updateOnce())).toEqual([true, true, true, false, false]);
    expect([counters.updates, learner.experience.size, learner.due(0)]).toEqual([3, 0, 0]);
    expect(log).toEqual(["prepare", "over"]);
  });

  test("begins earlier where the algorithm has enough", () => {
    const complete = { isComplete: (rollout: { readonly size: number }) => rollout.size >= 4 };
    const { fill, learner, minibatches } = made({ epochs: 1, minibatches: 1 }, () => ({
      ...complete,
      isShuffled: false,
    }));
    fill(1);
    expect(learner.due(0)).toBe(0);
    fill(1);
    expect(learner.due(0)).toBe(1);
    learner.updateOnce();
    expect(minibatches).toEqual([[0, 1, 2, 3]]);
  });

  test("computes of every slot where the order is collected, and of a random one of the steps where it is shuffled", () => {
    const orders: number[][] = [];
    const { fill, learner } = made({}, (round, backend) => ({
      prepare: () => {
        const read = (): number => orders.push(Array.from(backend.read(round.order) as Float32Array));
        round.shuffle();
        read();
        round.collect();
        read();
      },
    }));
    fill(4);
    learner.updateOnce();
    expect(sorted(orders[0])).toEqual(all(8));
    expect(orders[0]).not.toEqual(all(8));
    expect(orders[1]).toEqual(all(8));
  });
});

describe("slots that are no steps", () => {
  // One row of every step but the first is a reset.
  const resets = (k: number): Partial<WrittenStep> => ({ skip: k % 2 === 1 && k > 1 });

  test("are left out of minibatches, which are as much smaller", () => {
    const { fill, learner, minibatches } = made({ minibatches: 2, epochs: 2 });
    fill(4, resets);
    for (let update = 0; update < 4; update++) expect(learner.updateOnce()).toBe(true);
    expect(minibatches.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
    for (const epoch of [minibatches.slice(0, 2), minibatches.slice(2)]) {
      expect(new Set(epoch.flat()).size).toBe(4);
      expect(epoch.flat().every((slot) => [0, 1, 2, 4, 6].includes(slot))).toBe(true);
    }
  });

  test("leave a round without updates where there are fewer steps than minibatches", () => {
    const { counters, fill, learner, log } = made({ minibatches: 6 });
    fill(4, resets);
    expect(learner.updateOnce()).toBe(false);
    expect([counters.updates, learner.experience.size, log]).toEqual([0, 0, ["prepare", "over"]]);
  });
});

describe("a run's file in the middle of a round", () => {
  const part = ({ learner }: Made): CheckpointPart => partsTogether(learner.parts);

  test("goes on with the same parts of the same rollout, from what was prepared", () => {
    for (const done of [0, 1, 4, 5]) {
      const [whole, first, rest] = [made(), made(), made()];
      for (const { fill } of [whole, first]) fill(4, (k) => ({ skip: k === 3 }));
      for (const { learner } of [whole, first]) for (let i = 0; i < done; i++) learner.updateOnce();
      handOver(part(first), part(rest));
      expect(rest.learner.due(0)).toBe(6 - done);
      // Random streams are parts of their own: order and what was prepared lie in the file.
      const epoch = Math.ceil(done / 3) * 3;
      for (const { learner } of [whole, rest]) for (let i = done; i < epoch; i++) learner.updateOnce();
      expect(rest.minibatches).toEqual(whole.minibatches.slice(done, epoch));
      expect(contentsOf(part(rest))["round.target"]).toEqual(contentsOf(part(whole))["round.target"]);
      expect(rest.log).not.toContain("prepare");
    }
  });

  test("holds no more than the count between rounds", () => {
    const { fill, learner } = made();
    fill(2);
    const contents = contentsOf(partsTogether(learner.parts));
    expect(contents.updatesOfRound).toBe(0);
    expect(Object.keys(contents).filter((name) => name.startsWith("round."))).toEqual([]);
    expect(contentsOf(partsTogether(learner.parts), "policy")).toEqual({});
  });

  test.each<[string, Parameters<typeof readerOf>[1], string]>([
    ["no count", { data: { updatesOfRound: undefined } }, "load: updatesOfRound expected a count, got undefined."],
    ["a round that is over", { data: { updatesOfRound: 6 } }, "load: updatesOfRound expected at most 5, got 6."],
    [
      "a rollout that is not full",
      { tensors: { "rollout.reward": new Float32Array(7) } },
      "load: updatesOfRound expected 0 while the rollout is not full, got 1.",
    ],
    [
      "an order beyond the rollout, which would be a place in memory",
      { tensors: { "round.order": Float32Array.of(0, 1, 2, 3, 4, 5, 6, 8) } },
      "load: round.order expected whole numbers below 8, got Float32Array [",
    ],
    [
      "an order of halves",
      { tensors: { "round.order": Float32Array.of(0, 1, 2, 3, 4, 5, 6, 0.5) } },
      "load: round.order expected whole numbers below 8",
    ],
    ["an order of others", { tensors: { "round.order": new Float32Array(3) } }, "load: tensor round.order expected 8"],
    ["nothing prepared", { tensors: { "round.target": undefined } }, "load: tensor round.target expected to be there"],
  ])("with %s is refused", (_, changes, message) => {
    const saved = made();
    saved.fill(4);
    saved.learner.updateOnce();
    const round = saved.learner.parts[1];
    const reader = readerOf(written(partsTogether(saved.learner.parts)), changes);
    const other = made();
    expect(() => other.learner.parts[1].check(reader)).toThrow(CheckpointError);
    expect(() => other.learner.parts[1].check(reader)).toThrow(message);
    expect(other.learner.due(0)).toBe(0);
    expect(contentsOf(round).updatesOfRound).toBe(1);
  });
});

test("rows of a minibatch are whole sequences, as many as leave one for every minibatch", () => {
  const { settings } = open<PQNSettings>(PQN, SPACES, { rolloutSteps: 12, environments: 2, minibatches: 5 });
  expect([1, 2, 3, 4].map((steps) => minibatchSizeOf(settings, steps))).toEqual([4, 4, 3, 4]);
  const { epochs: _, minibatches: __, ...whole } = settings;
  expect(minibatchSizeOf(whole)).toBe(24);
});

test("a normalizer is of the settings and the observations as they are encoded", () => {
  const none = planNormalizer(open<PQNSettings>(PQN, SPACES, {}));
  expect([none.observations, none.returns]).toEqual([null, null]);
  const both = planNormalizer(open<PQNSettings>(PQN, SPACES, { normalizeObservations: true, normalizeRewards: true }));
  expect([both.observations?.size, both.returns?.size]).toEqual([1, 1]);
});
