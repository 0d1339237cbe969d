// The option that chooses an estimator, and every estimator against its definition: sums over each episode of its own,
// written out in float64.

import { describe, expect, test } from "vitest";
import {
  type AdvantageOptions,
  type AdvantageSettings,
  type AdvantageType,
  createAdvantageEstimator,
  needsLogProbabilities,
  readAdvantageOptions,
} from "../../../src/agents/policy-gradient/advantage.ts";
import type { Backend } from "../../../src/backend.ts";
import { BACKENDS } from "../../conformance/backends.ts";
import { expectClose, expectSameBits, now } from "../../conformance/compare.ts";
import { output, SEED, tensorOf, WIDTHS } from "../../conformance/pair.ts";
import { Sampler } from "../../conformance/sampler.ts";

const ALL: readonly AdvantageType[] = ["gae", "monte-carlo", "td", "n-step", "v-trace"];

/** Arrays are [T, E]. */
interface Rollout {
  readonly T: number;
  readonly E: number;
  readonly discount: number;
  readonly reward: Float32Array;
  readonly value: Float32Array;
  readonly nextValue: Float32Array;
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  readonly logProbability: Float32Array;
  readonly behaviourLogProbability: Float32Array;
}

interface Estimates {
  readonly advantage: Float32Array;
  readonly returns: Float32Array;
}

/** @param ends share of the steps that terminate, and that are truncated; some are both */
function drawn(sampler: Sampler, T: number, E: number, discount: number, ends: number): Rollout {
  const numbers = (): Float32Array => sampler.values(T * E);
  const flags = (): Float32Array => Float32Array.from({ length: T * E }, () => (sampler.next() < ends ? 1 : 0));
  const [reward, value, nextValue] = [numbers(), numbers(), numbers()];
  const [terminated, truncated] = [flags(), flags()];
  // Within an episode the next observation is the one that the next step starts from.
  for (let k = 0; k < (T - 1) * E; k++) if (terminated[k] === 0 && truncated[k] === 0) nextValue[k] = value[k + E];
  return {
    ...{ T, E, discount, reward, value, nextValue, terminated, truncated },
    logProbability: numbers(),
    behaviourLogProbability: numbers(),
  };
}

function estimated(backend: Backend, settings: AdvantageSettings, rollout: Rollout): Estimates {
  const { T, E, discount } = rollout;
  const estimator = createAdvantageEstimator(backend, settings, {
    discount,
    reward: tensorOf(backend, T, E, rollout.reward),
    value: tensorOf(backend, T, E, rollout.value),
    nextValue: tensorOf(backend, T, E, rollout.nextValue),
    terminated: tensorOf(backend, T, E, rollout.terminated),
    truncated: tensorOf(backend, T, E, rollout.truncated),
    logProbability: tensorOf(backend, T, E, rollout.logProbability),
    behaviourLogProbability: tensorOf(backend, T, E, rollout.behaviourLogProbability),
    advantage: output(backend, T, E),
    returns: output(backend, T, E),
  });
  estimator.estimate();
  return {
    advantage: now(backend.read(estimator.advantage)).slice(),
    returns: now(backend.read(estimator.returns)).slice(),
  };
}

/** The definitions, step by step: from every step forward to the end of its own episode. */
function defined(settings: AdvantageSettings, rollout: Rollout): { advantage: number[]; returns: number[] } {
  const { T, E, discount, reward, value, nextValue, terminated, truncated } = rollout;
  const ends = (k: number): boolean => terminated[k] !== 0 || truncated[k] !== 0 || k >= (T - 1) * E;
  const power = (base: number, exponent: number): number => base ** exponent;
  const beyond = (k: number): number => (terminated[k] !== 0 ? 0 : nextValue[k]);
  const delta = (k: number): number => reward[k] + discount * beyond(k) - value[k];
  const ratio = (k: number): number => Math.exp(rollout.logProbability[k] - rollout.behaviourLogProbability[k]);
  /** The steps of environment k modulo E from k on, to its episode's end, at most n of them. */
  const ahead = (k: number, n = Number.POSITIVE_INFINITY): number[] => {
    const steps = [k];
    while (!ends(steps[steps.length - 1]) && steps.length < n) steps.push(steps[steps.length - 1] + E);
    return steps;
  };
  const sum = (list: readonly number[], term: (k: number, i: number) => number): number =>
    list.reduce((total, k, i) => total + term(k, i), 0);
  const nStepReturn = (start: number, n: number): number => {
    const steps = ahead(start, n);
    const rewards = sum(steps, (k, i) => power(discount, i) * reward[k]);
    return rewards + power(discount, steps.length) * beyond(steps[steps.length - 1]);
  };
  const generalized = (start: number, lambda: number): number =>
    sum(ahead(start), (k, i) => power(discount * lambda, i) * delta(k));
  const vTraceTarget = (start: number, { rhoBar, cBar, lambda }: Extract<AdvantageSettings, { type: "v-trace" }>) => {
    let traces = 1;
    return (
      value[start] +
      sum(ahead(start), (k, i) => {
        const term = power(discount, i) * traces * Math.min(rhoBar, ratio(k)) * delta(k);
        traces *= lambda * Math.min(cBar, ratio(k));
        return term;
      })
    );
  };
  const all = Array.from({ length: T * E }, (_, k) => k);
  const advantageOf = (k: number): number => {
    switch (settings.type) {
      case "gae":
        return generalized(k, settings.lambda);
      case "td":
        return delta(k);
      case "monte-carlo":
        return nStepReturn(k, T) - value[k];
      case "n-step":
        return nStepReturn(k, settings.steps) - value[k];
      case "v-trace": {
        const next = ends(k) ? beyond(k) : vTraceTarget(k + E, settings);
        return Math.min(settings.rhoBar, ratio(k)) * (reward[k] + discount * next - value[k]);
      }
    }
  };
  const advantage = all.map(advantageOf);
  const returns = all.map((k) => (settings.type === "v-trace" ? vTraceTarget(k, settings) : advantage[k] + value[k]));
  return { advantage, returns };
}

function drawnSettings(sampler: Sampler, type: AdvantageType): AdvantageSettings {
  const lambda = sampler.pick([0, 0.5, 0.95, 1]);
  const rhoBar = sampler.pick([0.5, 1, 2.5]);
  const options: Record<AdvantageType, AdvantageOptions> = {
    gae: { type: "gae", lambda },
    "monte-carlo": { type: "monte-carlo" },
    td: { type: "td" },
    "n-step": { type: "n-step", steps: sampler.pick([1, 2, 3, 5, 7, 100]) },
    "v-trace": { type: "v-trace", rhoBar, cBar: rhoBar * sampler.pick([0.5, 1]), lambda },
  };
  return readAdvantageOptions("Test", options[type], ALL);
}

describe.each(BACKENDS)("$name", ({ create }) => {
  // Sums of 33 float32 numbers below 2; ratios reach e^4, and products of them where cBar is 2.5.
  test.each(ALL.map((type) => ({ type, tolerance: type === "v-trace" ? 2e-5 : 2e-6 })))(
    "estimates $type as defined, wherever episodes end",
    ({ type, tolerance }) => {
      const sampler = new Sampler(SEED);
      for (let trial = 0; trial < 60; trial++) {
        const T = 1 + sampler.index(33);
        const discount = sampler.pick([0, 0.9, 0.99, 1]);
        const rollout = drawn(sampler, T, sampler.pick(WIDTHS.slice(0, 12)), discount, sampler.pick([0, 0.05, 0.3, 1]));
        const settings = drawnSettings(sampler, type);
        const backend = create();
        const what = `seed ${SEED}, trial ${trial}, ${JSON.stringify(settings)}, [${T}, ${rollout.E}]`;
        const { advantage, returns } = estimated(backend, settings, rollout);
        const expected = defined(settings, rollout);
        // A sum's error is one of its terms, of which values weigh most.
        const largest = Math.max(1, ...expected.returns.map(Math.abs));
        const scaled = (list: ArrayLike<number>): number[] => Array.from(list, (value) => value / largest);
        expectClose(`${what}: advantage`, scaled(advantage), scaled(expected.advantage), tolerance);
        expectClose(`${what}: returns`, scaled(returns), scaled(expected.returns), tolerance);
      }
    },
  );

  /** As in one long episode among others: where values follow each other, estimators must agree with each other. */
  function agreeing(tolerance: number, one: AdvantageOptions, other: AdvantageOptions, same: keyof Estimates): void {
    const backend = create();
    const read = (options: AdvantageOptions): AdvantageSettings => readAdvantageOptions("Test", options, ALL);
    const rollout = drawn(new Sampler(SEED), 12, 9, 0.9, 0.1);
    rollout.behaviourLogProbability.set(rollout.logProbability);
    const [a, b] = [estimated(backend, read(one), rollout), estimated(backend, read(other), rollout)];
    expectClose(`seed ${SEED}: ${JSON.stringify([one, other])}`, a[same], b[same], tolerance);
  }

  test("GAE(0) is the temporal-difference error of one step", () => {
    agreeing(1e-6, { type: "gae", lambda: 0 }, { type: "n-step", steps: 1 }, "advantage");
    agreeing(1e-6, { type: "gae", lambda: 0 }, { type: "td" }, "advantage");
  });

  test("GAE(1) is the Monte-Carlo return minus the value", () => {
    agreeing(1e-6, { type: "gae", lambda: 1 }, { type: "n-step", steps: 12 }, "advantage");
    agreeing(1e-6, { type: "gae", lambda: 1 }, { type: "monte-carlo" }, "advantage");
  });

  test("V-trace of the policy that acted has GAE's returns, and Monte-Carlo advantages with lambda 1", () => {
    agreeing(1e-6, { type: "v-trace", lambda: 0.8 }, { type: "gae", lambda: 0.8 }, "returns");
    agreeing(1e-6, { type: "v-trace" }, { type: "monte-carlo" }, "advantage");
  });

  test("V-trace forgets what the learning policy would never do", () => {
    const backend = create();
    const rollout = drawn(new Sampler(SEED), 6, 3, 0.9, 0);
    const settings = readAdvantageOptions("Test", { type: "v-trace" }, ALL);
    const before = estimated(backend, settings, rollout);
    // Step 3 of every environment: improbable, and all that follows it changes.
    rollout.logProbability.fill(-200, 9, 12);
    rollout.reward.fill(50, 12);
    const after = estimated(backend, settings, rollout);
    expect(Array.from(after.advantage.subarray(9, 12), Math.abs)).toEqual([0, 0, 0]);
    expectSameBits("returns", after.returns.subarray(9, 12), rollout.value.subarray(9, 12));
    expect(Math.max(...after.returns.subarray(0, 9).map(Math.abs))).toBeLessThan(10);
    expect(before.returns.subarray(0, 9)).not.toEqual(after.returns.subarray(0, 9));
  });

  test.each(ALL)("keeps out of %s what follows an episode's end, whatever the networks say there", (type) => {
    const backend = create();
    const rollout = drawn(new Sampler(SEED), 6, 5, 0.99, 0);
    // Step 2 terminates in environments 0 to 2 and is truncated in 2 to 4; both at once terminate.
    rollout.terminated.set([1, 1, 1], 10);
    rollout.truncated.set([1, 1, 1], 12);
    const settings = readAdvantageOptions("Test", type === "n-step" ? { type, steps: 4 } : type, ALL);
    const before = estimated(backend, settings, rollout);
    rollout.nextValue.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NaN], 10);
    for (const array of [rollout.reward, rollout.value, rollout.nextValue, rollout.logProbability]) {
      array.fill(Number.NaN, 15);
    }
    const after = estimated(backend, settings, rollout);
    for (const name of ["advantage", "returns"] as const) {
      expectSameBits(name, after[name].subarray(0, 15), before[name].subarray(0, 15));
      expect(before[name].every(Number.isFinite)).toBe(true);
    }
  });

  test("estimates again when the rollout's numbers have changed", () => {
    const backend = create();
    const one = (): ReturnType<Backend["tensor"]> => backend.tensor(1, 1);
    const plan = {
      ...{ reward: one(), value: one(), nextValue: one(), terminated: one(), truncated: one() },
      ...{ discount: 0.5, advantage: one(), returns: one() },
    };
    const estimator = createAdvantageEstimator(backend, readAdvantageOptions("Test", "td"), plan);
    for (const [reward, advantage] of [
      [1, 3],
      [2, 4],
    ]) {
      backend.write(plan.reward, [reward]);
      backend.write(plan.nextValue, [4]);
      estimator.estimate();
      expect(now(backend.read(estimator.advantage))[0]).toBe(advantage);
    }
  });
});

describe("the option", () => {
  const read = (given: unknown, types = ALL): AdvantageSettings =>
    readAdvantageOptions("PPO", given as AdvantageOptions, types);

  test("fills in defaults, and takes a name for them", () => {
    expect(read("gae")).toEqual({ type: "gae", lambda: 0.95 });
    expect(read({ type: "gae", lambda: 0.8 })).toEqual({ type: "gae", lambda: 0.8 });
    expect(read("monte-carlo")).toEqual({ type: "monte-carlo" });
    expect(read({ type: "td" })).toEqual({ type: "td" });
    expect(read({ type: "n-step", steps: 5 })).toEqual({ type: "n-step", steps: 5 });
    expect(read("v-trace")).toEqual({ type: "v-trace", rhoBar: 1, cBar: 1, lambda: 1 });
  });

  test("says which estimator weighs actions by their probability", () => {
    expect(ALL.filter((type) => needsLogProbabilities({ type } as AdvantageSettings))).toEqual(["v-trace"]);
  });

  test.each<[unknown, string]>([
    [
      0.95,
      'PPO: advantage expected an estimator, got 0.95. Pass its name or options, as { type: "gae", lambda: 0.95 }.',
    ],
    [
      null,
      'PPO: advantage expected an estimator, got null. Pass its name or options, as { type: "gae", lambda: 0.95 }.',
    ],
    ["GAE", 'PPO: advantage.type expected one of gae, monte-carlo, td, n-step, v-trace, got "GAE". Choose one.'],
    [{}, "PPO: advantage.type expected one of gae, monte-carlo, td, n-step, v-trace, got undefined. Choose one."],
    [
      { type: "toString" },
      'PPO: advantage.type expected one of gae, monte-carlo, td, n-step, v-trace, got "toString". Choose one.',
    ],
    [{ type: "gae", lamda: 0.9 }, 'PPO: advantage: option expected a known name, got "lamda". Did you mean lambda?'],
    [
      { type: "gae", lambda: 1.5 },
      "PPO: advantage.lambda expected a number at least 0 and at most 1, got 1.5. 0 looks one step ahead, 1 to the end.",
    ],
    [{ type: "td", lambda: 0 }, 'PPO: advantage: option expected a known name, got "lambda". Known options: type.'],
    [
      "n-step",
      "PPO: advantage.steps expected an integer at least 1 and at most 16777216, got undefined. It counts rewards before the value: 5 is common.",
    ],
    [
      { type: "n-step", steps: 0 },
      "PPO: advantage.steps expected an integer at least 1 and at most 16777216, got 0. It counts rewards before the value: 5 is common.",
    ],
    [{ type: "v-trace", rhoBar: 0 }, "PPO: advantage.rhoBar expected a number above 0, got 0. The paper's is 1."],
    [
      { type: "v-trace", cBar: 2 },
      "PPO: advantage.cBar expected a number above 0 and at most 1, got 2. It is at most rhoBar; the paper's is 1.",
    ],
    [
      { type: "v-trace", lambda: -1 },
      "PPO: advantage.lambda expected a number at least 0 and at most 1, got -1. 0 looks one step ahead, 1 to the end.",
    ],
  ])("refuses %j", (given, message) => {
    expect(() => read(given)).toThrow(message);
  });

  test("refuses what the algorithm cannot take", () => {
    expect(() => readAdvantageOptions("PPO", "v-trace")).toThrow(
      'PPO: advantage.type expected one of gae, monte-carlo, td, n-step, got "v-trace". Choose one.',
    );
  });

  test("refuses to plan V-trace without log-probabilities", () => {
    const backend = BACKENDS[0].create();
    const one = backend.tensor(1, 1);
    const plan = { reward: one, value: one, nextValue: one, terminated: one, truncated: one, discount: 0.9 };
    const settings = readAdvantageOptions("PPO", "v-trace", ALL);
    expect(() => createAdvantageEstimator(backend, settings, { ...plan, advantage: one, returns: one })).toThrow(
      "createAdvantageEstimator: plan expected the log-probabilities of both policies for v-trace, got none. Pass both.",
    );
  });
});
