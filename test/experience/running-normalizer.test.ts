// What an agent's running statistics make of whole steps, against means and variances of everything so far, in two passes.

import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../src/formats/checkpoint.ts";
import type { Tensor } from "../../src/formats/safetensors.ts";
import { INITIAL_COUNT } from "../../src/running-statistics.ts";
import { box, dict, discrete } from "../../src/space.ts";
import {
  type NormalizedSlots,
  RunningNormalizer,
  type RunningNormalizerOptions,
  readNormalization,
  requireNormalizable,
} from "../../src/experience/running-normalizer.ts";
import { Sampler } from "../conformance/sampler.ts";

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
  return { slots, observation, nextObservation, reward: sampler.values(slots), terminated, truncated };
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

function checkpointOf(normalizer: RunningNormalizer, contents: "run" | "policy"): Checkpoint {
  const tensors = normalizer.save(contents).map((tensor) => [tensor.name, tensor as unknown as Tensor] as const);
  return { contents, tensors: new Map(tensors) } as unknown as Checkpoint;
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
  const before = checkpointOf(normalizer, "run");
  const rows = Float32Array.of(3, -4, 5, 6);
  normalizer.normalize(rows, 1);
  expect(Array.from(rows.subarray(2))).toEqual([5, 6]);
  expect(rows[0]).toBeCloseTo(3, 6);
  expect(checkpointOf(normalizer, "run")).toEqual(before);
});

test("clips, and forgets returns of episodes that nobody saw the end of", () => {
  const steps = (reward: number[]): Steps => ({
    slots: 2,
    observation: Float32Array.of(1e6, -1e6),
    nextObservation: Float32Array.of(0, 0),
    reward: Float32Array.from(reward),
    terminated: new Float32Array(2),
    truncated: new Float32Array(2),
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
    expect([rewards.isIdle, observations.isIdle, idle.isIdle]).toEqual([false, false, true]);
    expect([rewards.observations, observations.returns]).toEqual([null, null]);
    expect(idle.save("run")).toEqual([]);
  });
});

describe("in a checkpoint", () => {
  test("goes on bit for bit from a run's", () => {
    const [E, size] = [2, 3];
    const steps = drawn(new Sampler(SEED), 40, E, size);
    const whole = new RunningNormalizer(size, options(E));
    for (let first = 0; first < 20; first += E) whole.includeStep(steps, first);
    const again = new RunningNormalizer(size, options(E));
    again.restore(checkpointOf(whole, "run"));
    const other = copied(steps);
    for (let first = 20; first < 40; first += E) {
      whole.includeStep(steps, first);
      again.includeStep(other, first);
    }
    expect(other).toEqual(steps);
    expect(again.save("run")).toEqual(whole.save("run"));
  });

  test("a policy carries what its observations need, and nothing of rewards", () => {
    const normalizer = new RunningNormalizer(2, options(1));
    normalizer.includeStep(drawn(new Sampler(SEED), 1, 1, 2), 0);
    const saved = checkpointOf(normalizer, "policy");
    expect([...saved.tensors.keys()]).toEqual([
      "normalizer.observation.count",
      "normalizer.observation.mean",
      "normalizer.observation.variance",
    ]);
    const policy = new RunningNormalizer(2, options(1));
    policy.restore(saved);
    expect(policy.observations?.mean).toEqual(normalizer.observations?.mean);
    expect(policy.returns?.count).toBe(INITIAL_COUNT);
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(1, 2)];
    policy.normalize(a, 1);
    normalizer.normalize(b, 1);
    expect(a).toEqual(b);
  });

  test.each<[string, (tensors: Map<string, { data: Float64Array }>) => void, RegExp]>([
    [
      "no statistics",
      (tensors) => tensors.delete("normalizer.return.mean"),
      /^load: tensor normalizer\.return\.mean expected to be there, got undefined\./,
    ],
    [
      "statistics of other observations",
      (tensors) => tensors.set("normalizer.observation.mean", { data: new Float64Array(3) }),
      /^load: tensor normalizer\.observation\.mean expected 2 numbers, got 3\./,
    ],
    [
      "a negative variance",
      (tensors) => tensors.set("normalizer.observation.variance", { data: Float64Array.of(1, -1) }),
      /^load: normalizer\.observation\.\* expected a count above 0, finite means, variances of at least 0, got \[/,
    ],
    [
      "returns that are none",
      (tensors) => tensors.set("normalizer.traces", { data: Float64Array.of(Number.NaN) }),
      /^load: normalizer\.traces expected finite numbers, got Float64Array \[NaN\]\./,
    ],
  ])("refuses %s, and takes nothing over", (_name, damage, message) => {
    const saved = new RunningNormalizer(2, options(1));
    saved.includeStep(drawn(new Sampler(SEED), 1, 1, 2), 0);
    const checkpoint = checkpointOf(saved, "run");
    damage(checkpoint.tensors as unknown as Map<string, { data: Float64Array }>);
    const normalizer = new RunningNormalizer(2, options(1));
    const before = normalizer.save("run");
    expect(() => normalizer.restore(checkpoint)).toThrow(message);
    expect(normalizer.save("run")).toEqual(before);
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
