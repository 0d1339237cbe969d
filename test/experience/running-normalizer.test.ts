// What an agent's running statistics make of whole steps, against means and variances of everything so far, in two passes.

import { describe, expect, test } from "vitest";
import {
  type NormalizedSlots,
  RunningNormalizer,
  type RunningNormalizerOptions,
  readNormalization,
  requireNormalizable,
} from "../../src/experience/running-normalizer.ts";
import { INITIAL_COUNT } from "../../src/running-statistics.ts";
import { box, dict, discrete } from "../../src/space.ts";
import { Sampler } from "../conformance/sampler.ts";
import { contentsOf, handOver, readerOf, written } from "../formats/written.ts";

const SEED = Number(process.env.BELLWETHER_SEED ?? 1);
const BOTH = { clip: 10, epsilon: 1e-8 };

function options(environments: number, change: Partial<RunningNormalizerOptions> = {}): RunningNormalizerOptions {
  return { normalizeObservations: BOTH, normalizeRewards: BOTH, discount: 0.9, environments, ...change };
}

interface Steps extends NormalizedSlots {
  readonly slots: number;
}

/** Observations that follow each other, but where an episode ended. */
function drawn(sampler: Sampler, slots: number, E: number, size: number, ends = 0.2): Steps {
  const flags = (): Float32Array => Float32Array.from({ length: slots }, () => (sampler.next() < ends ? 1 : 0));
  const [observation, nextObservation] = [sampler.values(slots * size), sampler.values(slots * size)];
  const [terminated, truncated] = [flags(), flags()];
  for (let k = 0; k < slots - E; k++) {
    if (terminated[k] !== 0 || truncated[k] !== 0) continue;
    for (let i = 0; i < size; i++) nextObservation[k * size + i] = observation[(k + E) * size + i];
  }
  const skipped = new Uint8Array(slots);
  return { slots, observation, nextObservation, reward: sampler.values(slots), terminated, truncated, skipped };
}

const copied = (steps: Steps): Steps => ({
  ...steps,
  observation: steps.observation.slice(),
  nextObservation: steps.nextObservation.slice(),
  reward: steps.reward.slice(),
});

/** Of numbers so far; the start counts as INITIAL_COUNT numbers of mean 0 and variance 1. */
function moments(numbers: readonly number[]): { mean: number; variance: number } {
  const n = numbers.length + INITIAL_COUNT;
  const mean = numbers.reduce((sum, x) => sum + x, 0) / n;
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) + INITIAL_COUNT * (1 + mean ** 2);
  return { mean, variance: squares / n };
}

const clipped = (x: number): number => Math.min(Math.max(x, -10), 10);

/** The definition: what slots become, step by step. */
function defined(steps: Steps, E: number, size: number, discount: number): Steps {
  const result = copied(steps);
  const seen: number[][] = Array.from({ length: size }, () => []);
  const returns: number[] = [];
  const standard = (x: number, i: number): number => {
    const { mean, variance } = moments(seen[i]);
    return clipped((x - mean) / Math.sqrt(variance + 1e-8));
  };
  for (let first = 0; first < steps.slots; first += E) {
    for (let k = first * size; k < (first + E) * size; k++) {
      result.observation[k] = standard(steps.observation[k], k % size);
    }
    for (let k = first * size; k < (first + E) * size; k++) seen[k % size].push(steps.observation[k]);
    for (let k = first * size; k < (first + E) * size; k++) {
      result.nextObservation[k] = standard(steps.nextObservation[k], k % size);
    }
    for (let k = first; k < first + E; k++) {
      let [R, power] = [0, 1];
      // Back to the beginning of the episode.
      for (let j = k; j >= 0 && (j === k || (steps.terminated[j] === 0 && steps.truncated[j] === 0)); j -= E) {
        R += power * steps.reward[j];
        power *= discount;
      }
      returns.push(R);
    }
    const deviation = Math.sqrt(moments(returns).variance + 1e-8);
    for (let k = first; k < first + E; k++) result.reward[k] = clipped(steps.reward[k] / deviation);
  }
  return result;
}

function expectNear(what: string, actual: Float32Array, expected: Float32Array): void {
  for (let k = 0; k < expected.length; k++) {
    // Float64 sums in another order, rounded to float32 at the end; the first few have deviations near 0.
    const error = Math.abs(actual[k] - expected[k]) / Math.max(1, Math.abs(expected[k]));
    expect(error, `seed ${SEED}, ${what}[${k}]`).toBeLessThan(1e-5);
  }
}

test("makes of every step what the definition says, wherever episodes end", () => {
  const sampler = new Sampler(SEED);
  for (let trial = 0; trial < 20; trial++) {
    const [E, size] = [1 + sampler.index(5), 1 + sampler.index(4)];
    const steps = drawn(sampler, E * (1 + sampler.index(30)), E, size, sampler.pick([0, 0.2, 1]));
    const expected = defined(steps, E, size, 0.9);
    const normalizer = new RunningNormalizer(size, options(E));
    for (let first = 0; first < steps.slots; first += E) normalizer.includeStep(steps, first);
    for (const name of ["observation", "nextObservation", "reward"] as const) {
      expectNear(`trial ${trial}, ${name}`, steps[name], expected[name]);
    }
  }
});

test("stores what the policy saw and will see: each next observation is the observation of the next step", () => {
  const [E, size] = [3, 4];
  const steps = drawn(new Sampler(SEED), 60, E, size, 0.3);
  const raw = copied(steps);
  const normalizer = new RunningNormalizer(size, options(E));
  for (let first = 0; first < steps.slots; first += E) {
    const shown = raw.observation.slice(first * size, (first + E) * size);
    normalizer.normalize(shown, E);
    normalizer.includeStep(steps, first);
    expect(Array.from(steps.observation.subarray(first * size, (first + E) * size))).toEqual(Array.from(shown));
  }
  for (let k = 0; k < steps.slots - E; k++) {
    if (steps.terminated[k] !== 0 || steps.truncated[k] !== 0) continue;
    const next = Array.from(steps.nextObservation.subarray(k * size, (k + 1) * size));
    expect(next).toEqual(Array.from(steps.observation.subarray((k + E) * size, (k + E + 1) * size)));
  }
});

test("acting changes no statistics", () => {
  const normalizer = new RunningNormalizer(2, options(1));
  const before = contentsOf(normalizer);
  const rows = Float32Array.of(3, -4, 5, 6);
  normalizer.normalize(rows, 1);
  expect(Array.from(rows.subarray(2))).toEqual([5, 6]);
  expect(rows[0]).toBeCloseTo(3, 6);
  expect(contentsOf(normalizer)).toEqual(before);
});

test("clips, and forgets returns of episodes that nobody saw the end of", () => {
  const steps = (reward: number[]): Steps => ({
    slots: 2,
    observation: Float32Array.of(1e6, -1e6),
    nextObservation: Float32Array.of(0, 0),
    reward: Float32Array.from(reward),
    terminated: new Float32Array(2),
    truncated: new Float32Array(2),
    skipped: new Uint8Array(2),
  });
  const normalizer = new RunningNormalizer(
    1,
    options(2, { discount: 1, normalizeObservations: { clip: 3, epsilon: 1 } }),
  );
  const first = steps([1, 2]);
  normalizer.includeStep(first, 0);
  expect(Array.from(first.observation)).toEqual([3, -3]);
  normalizer.forgetEpisodes(1);
  normalizer.includeStep(steps([1, 2]), 0);
  // R: 1, 2; then 2 and, begun anew, 2
  expect(normalizer.returns?.mean[0]).toBeCloseTo(7 / 4, 3);
  normalizer.forgetEpisodes(0);
  normalizer.includeStep(steps([1, 2]), 0);
  expect(normalizer.returns?.mean[0]).toBeCloseTo(10 / 6, 3);
});

describe("either alone", () => {
  test("leaves the other as it is, and none leaves both", () => {
    const sampler = new Sampler(SEED);
    const steps = drawn(sampler, 4, 2, 3);
    const [onlyRewards, onlyObservations, none] = [copied(steps), copied(steps), copied(steps)];
    const rewards = new RunningNormalizer(3, options(2, { normalizeObservations: false }));
    const observations = new RunningNormalizer(3, options(2, { normalizeRewards: false }));
    const idle = new RunningNormalizer(3, options(2, { normalizeObservations: false, normalizeRewards: false }));
    rewards.includeStep(onlyRewards, 0);
    observations.includeStep(onlyObservations, 0);
    idle.includeStep(none, 0);
    idle.normalize(none.observation, 4);
    expect(onlyRewards.observation).toEqual(steps.observation);
    expect(onlyRewards.reward).not.toEqual(steps.reward);
    expect(onlyObservations.reward).toEqual(steps.reward);
    expect(onlyObservations.nextObservation).not.toEqual(steps.nextObservation);
    expect(none).toEqual(steps);
    expect([rewards.observations, observations.returns]).toEqual([null, null]);
    expect(contentsOf(idle)).toEqual({});
  });
});

describe("in a checkpoint", () => {
  test("goes on bit for bit from a run's", () => {
    const [E, size] = [2, 3];
    const steps = drawn(new Sampler(SEED), 40, E, size);
    const whole = new RunningNormalizer(size, options(E));
    for (let first = 0; first < 20; first += E) whole.includeStep(steps, first);
    const again = new RunningNormalizer(size, options(E));
    handOver(whole, again);
    const other = copied(steps);
    for (let first = 20; first < 40; first += E) {
      whole.includeStep(steps, first);
      again.includeStep(other, first);
    }
    expect(other).toEqual(steps);
    expect(contentsOf(again)).toEqual(contentsOf(whole));
  });

  test("a policy carries what its observations need, and nothing of rewards", () => {
    const normalizer = new RunningNormalizer(2, options(1));
    normalizer.includeStep(drawn(new Sampler(SEED), 1, 1, 2), 0);
    expect(Object.keys(contentsOf(normalizer, "policy"))).toEqual([
      "normalizer.observation.count",
      "normalizer.observation.mean",
      "normalizer.observation.variance",
    ]);
    const policy = new RunningNormalizer(2, options(1));
    handOver(normalizer, policy, "policy");
    expect(policy.observations?.mean).toEqual(normalizer.observations?.mean);
    expect(policy.returns?.count).toBe(INITIAL_COUNT);
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(1, 2)];
    policy.normalize(a, 1);
    normalizer.normalize(b, 1);
    expect(a).toEqual(b);
  });

  test.each<[string, string, Float64Array | undefined, RegExp]>([
    [
      "no statistics",
      "return.mean",
      undefined,
      /^load: tensor normalizer\.return\.mean expected to be there, got undefined\./,
    ],
    [
      "statistics of other observations",
      "observation.mean",
      new Float64Array(3),
      /^load: tensor normalizer\.observation\.mean expected 2 numbers, got 3\./,
    ],
    [
      "a negative variance",
      "observation.variance",
      Float64Array.of(1, -1),
      /^load: normalizer\.observation\.\* expected a count above 0, finite means, variances of at least 0, got \[/,
    ],
    [
      "returns that are none",
      "traces",
      Float64Array.of(Number.NaN),
      /^load: normalizer\.traces expected finite numbers, got Float64Array \[NaN\]\./,
    ],
  ])("refuses %s, and takes nothing over", (_name, tensor, numbers, message) => {
    const saved = new RunningNormalizer(2, options(1));
    saved.includeStep(drawn(new Sampler(SEED), 1, 1, 2), 0);
    const reader = readerOf(written(saved), { tensors: { [`normalizer.${tensor}`]: numbers } });
    const normalizer = new RunningNormalizer(2, options(1));
    const before = contentsOf(normalizer);
    expect(() => normalizer.check(reader)).toThrow(message);
    expect(contentsOf(normalizer)).toEqual(before);
  });
});

describe("slots that are no steps", () => {
  const [E, size] = [3, 2];

  test("leave the statistics as if they were not there, and their episodes' returns as they were", () => {
    const steps = drawn(new Sampler(SEED), 12, E, size, 0);
    const normalizer = new RunningNormalizer(size, options(E));
    // Environment 1 makes no second step: to the others it is as if there were two of them.
    steps.skipped[4] = 1;
    const [first, second] = [0, E];
    const raw = copied(steps);
    normalizer.includeStep(steps, first);
    const counts = normalizer.observations!.count;
    const traces = contentsOf(normalizer)["normalizer.traces"] as number[];
    normalizer.includeStep(steps, second);
    expect(normalizer.observations!.count).toBeCloseTo(counts + 2, 9);
    const seen = [0, 1, 2, 3, 5].map((k) => raw.observation[k * size]);
    expect(normalizer.observations!.mean[0]).toBeCloseTo(moments(seen).mean, 9);
    expect(normalizer.observations!.variance[0]).toBeCloseTo(moments(seen).variance, 9);
    const next = contentsOf(normalizer)["normalizer.traces"] as number[];
    expect(next[1]).toBe(traces[1]);
    expect(next[0]).toBeCloseTo(0.9 * traces[0] + raw.reward[3], 9);
    expect(normalizer.returns!.count).toBeCloseTo(5 + INITIAL_COUNT, 9);
  });

  test("are shown as others are: what is acted on there has the statistics of then", () => {
    const steps = drawn(new Sampler(SEED), 3, E, size, 0);
    steps.skipped[1] = 1;
    const raw = copied(steps);
    const normalizer = new RunningNormalizer(size, options(E));
    const shown = raw.observation.slice();
    normalizer.normalize(shown, E);
    normalizer.includeStep(steps, 0);
    expect(steps.observation).toEqual(shown);
    const next = raw.nextObservation.slice();
    normalizer.normalize(next, E);
    expect(steps.nextObservation).toEqual(next);
  });

  test("change nothing where no environment made a step", () => {
    const steps = drawn(new Sampler(SEED), 3, E, size, 0);
    steps.skipped.fill(1);
    const normalizer = new RunningNormalizer(size, options(E));
    const before = contentsOf(normalizer);
    normalizer.includeStep(steps, 0);
    expect(contentsOf(normalizer)).toEqual(before);
  });
});

describe("the options", () => {
  test("fill in defaults", () => {
    expect(readNormalization("PPO", "normalizeRewards", false)).toBe(false);
    expect(readNormalization("PPO", "normalizeRewards", true)).toEqual({ clip: 10, epsilon: 1e-8 });
    expect(readNormalization("PPO", "normalizeRewards", { clip: 5 })).toEqual({ clip: 5, epsilon: 1e-8 });
  });

  test.each<[unknown, string]>([
    [
      "yes",
      'PPO: normalizeRewards expected true, false or options, got "yes". Pass true for { clip: 10, epsilon: 1e-8 }.',
    ],
    [
      null,
      "PPO: normalizeRewards expected true, false or options, got null. Pass true for { clip: 10, epsilon: 1e-8 }.",
    ],
    [{ clip: 0 }, "PPO: normalizeRewards.clip expected a number above 0, got 0. Common: 10."],
    [{ epsilon: -1 }, "PPO: normalizeRewards.epsilon expected a number above 0, got -1. Common: 1e-8."],
    [{ clp: 10 }, 'PPO: normalizeRewards: option expected a known name, got "clp". Did you mean clip?'],
  ])("refuse %j", (given, message) => {
    expect(() => readNormalization("PPO", "normalizeRewards", given)).toThrow(message);
  });

  test("want a Box to observe", () => {
    const where = "PPO: normalizeObservations expected a Box to observe";
    requireNormalizable("PPO", BOTH, box(-1, 1, [2]));
    requireNormalizable("PPO", false, discrete(3));
    expect(() => requireNormalizable("PPO", BOTH, discrete(3))).toThrow(
      new RangeError(`${where}, got "discrete". Leave it out: such observations reach a network one-hot.`),
    );
    expect(() => requireNormalizable("PPO", BOTH, dict({ a: box(-1, 1, [2]) }))).toThrow(RangeError);
  });
});
