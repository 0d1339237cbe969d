// Acting by action values: greed, and every way to explore. The network is linear, so that an observation [x, y] has the values
// x, y and 0 for actions 0, 1 and 2.

import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { EnsembleHead } from "../../../src/agents/deep-q/ensemble-head.ts";
import type { DeepQSettings } from "../../../src/agents/deep-q/options.ts";
import { ValueActor } from "../../../src/agents/deep-q/value-actor.ts";
import { ExpectedHead, type ValueHead } from "../../../src/agents/deep-q/value-head.ts";
import { CheckpointError } from "../../../src/errors.ts";
import { type ActingRows, planChoice } from "../../../src/experience/actor.ts";
import { RunningNormalizer } from "../../../src/experience/running-normalizer.ts";
import { DEFAULT_NETWORK, feedForward } from "../../../src/nn/network-options.ts";
import { Noisy } from "../../../src/nn/noisy.ts";
import { box, discrete } from "../../../src/space.ts";
import type { AgentContext } from "../../../src/training/context.ts";
import { open } from "../../../src/training/open.ts";
import { contentsOf, handOver, readerOf, written } from "../../formats/written.ts";

const SPACES = { observationSpace: box(-100, 100, [2]), actionSpace: discrete(3, 5) };
const LINEAR = { ...DEFAULT_NETWORK, hidden: [] };

interface Made {
  readonly context: AgentContext<DeepQSettings>;
  readonly actor: ValueActor;
}

interface Parts {
  readonly noisy?: boolean;
  readonly head?: ValueHead;
  /** Rows [x, y] of the weights, one for each output. [of x, y and 0] */
  readonly weight?: readonly number[];
  readonly normalizer?: RunningNormalizer;
}

function make(options: DQNOptions = {}, parts: Parts = {}): Made {
  const { noisy = false, head = new ExpectedHead("mse"), weight = [1, 0, 0, 1, 0, 0], normalizer } = parts;
  const context = open<DeepQSettings>(DQN, SPACES, { warmupSteps: 0, epsilon: 0, ...options });
  const { acting } = context;
  const plain = feedForward(2, weight.length / 2, LINEAR);
  const module = noisy ? new Noisy(plain, 0.5) : plain;
  const block = acting.parameters(module.specs);
  acting.writeParameter(block, 0, weight);
  if (noisy) acting.writeParameter(block, 2, new Float32Array(weight.length).fill(3));
  const network = module.on(acting, { block, first: 0, kept: acting.parameters([]), firstKept: 0 });
  network.withoutNoise?.();
  return { context, actor: new ValueActor(context, network, head, context.settings, normalizer ?? null) };
}

function rowsOf(observations: readonly (readonly number[])[], mask: readonly number[] | null = null): ActingRows {
  return {
    ...{ rows: observations.length, first: 0, observation: Float32Array.from(observations.flat()) },
    ...{ mask: mask === null ? null : Float32Array.from(mask), starts: null, streams: null },
  };
}

function choose({ actor }: Made, rows: ActingRows, explore: boolean): number[] {
  const { action, given } = planChoice(rows.rows, 1);
  actor.choose(rows, explore, { action, given, remembered: null });
  expect(given).toEqual(action);
  return Array.from(action);
}

/** How often each action is chosen for one observation. */
function counts(
  made: Made,
  observation: readonly number[],
  times: number,
  mask: readonly number[] | null = null,
): number[] {
  const found = [0, 0, 0];
  const rows = rowsOf(new Array(60).fill(observation), mask === null ? null : new Array(60).fill(mask).flat());
  for (let i = 0; i < times; i += 60) for (const action of choose(made, rows, true)) found[action]++;
  return found;
}

describe("greedily", () => {
  test("takes the first of the largest values, row by row, from index 0", () => {
    const made = make();
    expect(
      choose(
        made,
        rowsOf([
          [3, 1],
          [1, 3],
          [-1, -1],
          [2, 2],
          [0, -1],
        ]),
        false,
      ),
    ).toEqual([0, 1, 2, 0, 0]);
  });

  test("takes the best that a row's mask allows", () => {
    const made = make();
    const rows = rowsOf(
      [
        [3, 1],
        [3, 1],
        [3, 1],
      ],
      [1, 1, 1, 0, 1, 1, 0, 0, 1],
    );
    expect(choose(made, rows, false)).toEqual([0, 1, 2]);
    expect(choose(made, rows, true)).toEqual([0, 1, 2]);
  });

  test("draws nothing", () => {
    const made = make({ epsilon: 1, boltzmann: 1 });
    const stream = made.context.stream("exploration");
    const before = made.context.acting.random.read(stream);
    expect(choose(made, rowsOf([[3, 1]]), false)).toEqual([0]);
    expect(made.context.acting.random.read(stream)).toEqual(before);
  });

  test("sees observations normalised where the agent normalises them", () => {
    const settings = { clip: 1, epsilon: 1e-8 };
    const options = { normalizeObservations: settings, normalizeRewards: false, discount: 1, environments: 1 } as const;
    const made = make({}, { normalizer: new RunningNormalizer(2, options) });
    // Both are cut at 1: the first wins.
    expect(choose(made, rowsOf([[5, 9]]), false)).toEqual([0]);
    expect(Array.from(made.actor.values(rowsOf([[5, 9]])))).toEqual([1, 1, 0]);
  });
});

describe("by epsilon", () => {
  test("is random that often, uniformly over all actions or those that are allowed", () => {
    // Four standard deviations of a count.
    const near = (count: number, n: number, p: number): void =>
      expect(Math.abs(count - n * p)).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
    const n = 6000;
    const [best, second, third] = counts(make({ epsilon: 0.3, seed: 1 }), [3, 1], n);
    near(best, n, 0.8);
    near(second, n, 0.1);
    near(third, n, 0.1);
    for (const count of counts(make({ epsilon: 1, seed: 2 }), [3, 1], n)) near(count, n, 1 / 3);
    const masked = counts(make({ epsilon: 1, seed: 3 }), [3, 1], n, [0, 1, 1]);
    expect(masked[0]).toBe(0);
    near(masked[1], n, 0.5);
  });

  test("draws once for every row, and once more where the row is random", () => {
    const made = make({ epsilon: 0.5, seed: 4 });
    const { random } = made.context.acting;
    const twin = random.stream(4, "exploration");
    const actions = choose(made, rowsOf(new Array(20).fill([3, 1])), true);
    const expected = actions.map(() => (random.index(twin, 16_777_216) < 8_388_608 ? random.index(twin, 3) : 0));
    expect(actions).toEqual(expected);
    expect(random.read(made.context.stream("exploration"))).toEqual(random.read(twin));
  });

  test("follows its schedule", () => {
    const made = make({ epsilon: { type: "linear", from: 1, to: 0, steps: 10 }, seed: 5 });
    expect(counts(made, [3, 1], 600)[0]).toBeLessThan(300);
    made.context.counters.envSteps = 10;
    expect(counts(made, [3, 1], 600)).toEqual([600, 0, 0]);
  });

  test("is random throughout the warm-up", () => {
    const made = make({ warmupSteps: 100, seed: 6 });
    made.context.counters.envSteps = 99;
    expect(counts(made, [3, 1], 600)[0]).toBeLessThan(300);
    made.context.counters.envSteps = 100;
    expect(counts(made, [3, 1], 600)).toEqual([600, 0, 0]);
    expect(choose(make({ warmupSteps: 100 }), rowsOf([[3, 1]]), false)).toEqual([0]);
  });
});

test("by a softmax draws actions as often as their values say, at the temperature of now", () => {
  const made = make({ boltzmann: { type: "linear", from: 2, to: 0, steps: 10 }, epsilon: 0, seed: 7 });
  const n = 6000;
  const weights = [1, 0.5, 0].map((q) => Math.exp(q / 2));
  const sum = weights.reduce((a, b) => a + b);
  for (const [action, count] of counts(made, [1, 0.5], n).entries()) {
    const p = weights[action] / sum;
    expect(Math.abs(count - n * p)).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
  }
  expect(counts(made, [1, 0.5], 60, [0, 0, 1])).toEqual([0, 0, 60]);
  made.context.counters.envSteps = 10;
  expect(counts(made, [1, 0.5], 60)).toEqual([60, 0, 0]);
});

describe("by noise in the weights", () => {
  const noisy = (options: DQNOptions = {}): Made => make({ seed: 8, ...options }, { noisy: true });

  test("draws it anew for every call, and acts greedily without it", () => {
    const made = noisy();
    const seen = new Set(Array.from({ length: 30 }, () => choose(made, rowsOf([[3, 1]]), true)[0]));
    expect(seen.size).toBe(3);
    for (let i = 0; i < 5; i++) expect(choose(made, rowsOf([[3, 1]]), false)).toEqual([0]);
    expect(Array.from(made.actor.values(rowsOf([[3, 1]])))).toEqual([3, 1, 0]);
  });

  test("draws none where every row is random", () => {
    const made = noisy({ epsilon: 1 });
    const { random } = made.context.acting;
    const before = random.read(made.context.stream("noise"));
    choose(
      made,
      rowsOf([
        [3, 1],
        [1, 3],
      ]),
      true,
    );
    expect(random.read(made.context.stream("noise"))).toEqual(before);
  });
});

describe("by one member of an ensemble", () => {
  const K = 4;
  // Output unit = action x members + member: member m likes action m best, and action 2 where m is 3.
  const likes = (unit: number): number => (Math.floor(unit / K) === Math.min(2, unit % K) ? 1 : 0);
  const weight = Array.from({ length: 3 * K }, (_, unit) => [likes(unit), 0]).flat();
  const ensemble = (options: DQNOptions = {}): Made =>
    make({ seed: 9, ...options }, { head: new EnsembleHead(3, "mse", K), weight });
  const membersOf = ({ actor }: Made): number[] => [contentsOf(actor).member].flat() as number[];

  test("explores with the member of each environment until its episode ends, and decides by the mean", () => {
    const made = ensemble({ environments: 5 });
    const rows = { ...rowsOf(new Array(7).fill([1, 0])), first: 3 };
    const before = membersOf(made);
    expect(new Set(before).size).toBeGreaterThan(1);
    const expected = Array.from({ length: 7 }, (_, row) => Math.min(2, before[(3 + row) % 5]));
    expect(choose(made, rows, true)).toEqual(expected);
    made.actor.stepTaken(1, false);
    expect(membersOf(made)).toEqual(before);
    for (let i = 0; i < 8; i++) made.actor.stepTaken(1, true);
    const after = membersOf(made);
    expect(after.filter((member, e) => e !== 1 && member !== before[e])).toEqual([]);
    // Two of four members like action 2.
    expect(choose(made, rows, false)).toEqual(new Array(7).fill(2));
    expect(Array.from(made.actor.values(rowsOf([[1, 0]])))).toEqual([0.25, 0.25, 0.5]);
  });

  test("draws every member about as often, one for every environment that forgets its episode", () => {
    const made = ensemble({ environments: 4 });
    const found = new Array<number>(K).fill(0);
    for (let i = 0; i < 1000; i++) {
      made.actor.forget();
      for (const member of membersOf(made)) found[member]++;
    }
    // Four standard deviations of a count.
    for (const count of found) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(750));
  });

  test("goes on with its members from a run's file: a number of one environment, a list of several", () => {
    for (const environments of [1, 3]) {
      const [saved, loaded] = [ensemble({ environments }), ensemble({ environments, seed: 1 })];
      saved.actor.forget();
      expect(Array.isArray(contentsOf(saved.actor).member)).toBe(environments > 1);
      handOver(saved.actor, loaded.actor);
      expect(membersOf(loaded)).toEqual(membersOf(saved));
    }
    const { actor } = ensemble();
    expect(contentsOf(actor, "policy")).toEqual({});
    handOver(actor, actor, "policy");
  });

  test.each<[number, unknown, string]>([
    [1, undefined, "load: member expected one below 4, got undefined."],
    [1, 4, "load: member expected one below 4, got 4."],
    [1, -1, "load: member expected one below 4, got -1."],
    [1, 0.5, "load: member expected one below 4, got 0.5."],
    [3, [0, 1], "load: member expected 3 of them below 4, got [0, 1]."],
    [3, [0, 1, 4], "load: member expected 3 of them below 4, got [0, 1, 4]."],
  ])("of %i environments refuses %o in a file", (environments, member, message) => {
    const { actor } = ensemble({ environments });
    const reader = readerOf(written(actor), { data: { member } });
    expect(() => actor.check(reader)).toThrow(CheckpointError);
    expect(() => actor.check(reader)).toThrow(message);
  });
});

test("without an ensemble a file holds nothing of it", () => {
  const { actor } = make();
  expect(contentsOf(actor)).toEqual({});
  handOver(actor, actor);
  actor.stepTaken(0, true);
  actor.forget();
});
