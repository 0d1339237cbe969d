// Returns and advantages of rollouts: equal bits on every backend, and what their definitions say.
// PyTorch's advantages are in pytorch.test.ts.

import { describe, expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import type { Tensor } from "../../src/operations/handles.ts";
import { BACKENDS } from "./backends.ts";
import { expectClose, expectSameBits, now } from "./compare.ts";
import { type Outputs, output, Pair, SEED, tensorOf, WIDTHS } from "./pair.ts";
import { Sampler, type Wildness } from "./sampler.ts";

const STEPS = [1, 2, 3, 5, 16, 33];

interface Rollout {
  readonly T: number;
  readonly E: number;
  readonly reward: Float32Array;
  readonly value: Float32Array;
  readonly nextValue: Float32Array;
  readonly terminated: Float32Array;
  readonly truncated: Float32Array;
  /** Of the policy that learns and of the one that acted. */
  readonly logProbability: Float32Array;
  readonly behaviourLogProbability: Float32Array;
}

function drawn(sampler: Sampler, T: number, E: number, wildness: Wildness, ends = 0.2): Rollout {
  const numbers = (): Float32Array => sampler.values(T * E, wildness);
  const flags = (): Float32Array => Float32Array.from({ length: T * E }, () => (sampler.next() < ends ? 1 : 0));
  return {
    T,
    E,
    reward: numbers(),
    value: numbers(),
    nextValue: numbers(),
    terminated: flags(),
    truncated: flags(),
    logProbability: numbers(),
    behaviourLogProbability: numbers(),
  };
}

/** What rollouts by hand take for granted. */
const ON_POLICY = { logProbability: new Float32Array(5), behaviourLogProbability: new Float32Array(5) };

interface Setting {
  readonly discount: number;
  readonly lambda: number;
  readonly horizon?: number;
  readonly rhoBar?: number;
  readonly cBar?: number;
}

/** Runs all operations over the first `steps` rows. */
function compute(
  backend: Backend,
  rollout: Rollout,
  setting: Setting,
  steps = rollout.T,
): Record<string, Float32Array> {
  const { T, E } = rollout;
  const of = (values: Float32Array): Tensor => tensorOf(backend, T, E, values);
  const [reward, value, nextValue] = [of(rollout.reward), of(rollout.value), of(rollout.nextValue)];
  const [terminated, truncated] = [of(rollout.terminated), of(rollout.truncated)];
  const [logProbability, behaviourLogProbability] = [of(rollout.logProbability), of(rollout.behaviourLogProbability)];
  const written = (): Tensor => output(backend, T, E);
  const outputs = {
    ...{ returns: written(), advantage: written(), gaeReturns: written() },
    ...{ nStepAdvantage: written(), nStepReturns: written(), vTraceAdvantage: written(), vTraceReturns: written() },
  };
  const common = { ...setting, reward, terminated, truncated };
  backend.rollout.lambdaReturns(steps, { ...common, nextMaxQ: nextValue, returns: outputs.returns });
  const rest = { ...common, value, nextValue };
  backend.rollout.gae(steps, { ...rest, advantage: outputs.advantage, returns: outputs.gaeReturns });
  backend.rollout.nStepAdvantages(steps, {
    ...rest,
    horizon: setting.horizon ?? 1,
    advantage: outputs.nStepAdvantage,
    returns: outputs.nStepReturns,
  });
  backend.rollout.vTrace(steps, {
    ...rest,
    logProbability,
    behaviourLogProbability,
    rhoBar: setting.rhoBar ?? 1,
    cBar: setting.cBar ?? 1,
    advantage: outputs.vTraceAdvantage,
    returns: outputs.vTraceReturns,
  });
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, now(backend.read(tensor)).slice()]));
}

describe.each(BACKENDS.slice(1))("$name equals the reference bit for bit", ({ create }) => {
  test.each<Wildness>(["ordinary", "finite", "wild"])(
    "on %s numbers, rows past the last step untouched",
    (wildness) => {
      const sampler = new Sampler(SEED);
      const pair = new Pair(create);
      for (const steps of STEPS) {
        for (const E of WIDTHS) {
          const rollout = drawn(sampler, steps + sampler.index(3), E, wildness);
          const setting = {
            discount: sampler.pick([0, 0.9, 0.99, 1]),
            lambda: sampler.pick([0, 0.65, 0.95, 1]),
            horizon: sampler.pick([1, 2, 3, 5, 16_777_216]),
            rhoBar: sampler.pick([0.1, 1, 100]),
            cBar: sampler.pick([0.1, 1, 100]),
          };
          pair.agree(
            `[${steps}, ${E}] ${JSON.stringify(setting)}`,
            (backend): Outputs => compute(backend, rollout, setting, steps),
          );
        }
      }
    },
  );
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test("returns by hand: a step, a truncation, a termination, and the rollout's end", () => {
    const rollout: Rollout = {
      T: 5,
      E: 1,
      reward: Float32Array.of(1, 2, 3, 4, 5),
      value: new Float32Array(5),
      nextValue: Float32Array.of(10, 20, 30, 40, 50),
      terminated: Float32Array.of(0, 0, 0, 1, 0),
      truncated: Float32Array.of(0, 1, 0, 0, 0),
      ...ON_POLICY,
    };
    const { returns } = compute(create(), rollout, { discount: 0.5, lambda: 0.25 });
    // 5 + 25; 4; 3 + 0.5 (0.75 x 30 + 0.25 x 4); 2 + 10; 1 + 0.5 (0.75 x 10 + 0.25 x 12)
    expect(Array.from(returns)).toEqual([6.25, 12, 14.75, 4, 30]);
  });

  test("advantages by hand", () => {
    const rollout: Rollout = {
      T: 5,
      E: 1,
      reward: Float32Array.of(1, 2, 3, 4, 5),
      value: Float32Array.of(1, 1, 2, 2, 3),
      nextValue: Float32Array.of(10, 20, 30, 40, 50),
      terminated: Float32Array.of(0, 0, 0, 1, 0),
      truncated: Float32Array.of(0, 1, 0, 0, 0),
      ...ON_POLICY,
    };
    const { advantage, gaeReturns } = compute(create(), rollout, { discount: 0.5, lambda: 0.5 });
    // delta: 5, 11, 16, 2, 27; decay 0.25, cut after steps 1 and 3
    expect(Array.from(advantage)).toEqual([5 + 0.25 * 11, 11, 16 + 0.25 * 2, 2, 27]);
    expect(Array.from(gaeReturns)).toEqual([8.75, 12, 18.5, 4, 30]);
  });

  test("advantages of two steps by hand", () => {
    const rollout: Rollout = {
      T: 5,
      E: 1,
      reward: Float32Array.of(1, 2, 3, 4, 5),
      value: Float32Array.of(1, 1, 2, 2, 3),
      nextValue: Float32Array.of(10, 20, 30, 40, 50),
      terminated: Float32Array.of(0, 0, 0, 0, 1),
      truncated: Float32Array.of(0, 1, 0, 0, 0),
      ...ON_POLICY,
    };
    const { nStepAdvantage, nStepReturns } = compute(create(), rollout, { discount: 0.5, lambda: 0, horizon: 2 });
    // 1 + 0.5 (2 + 10), cut by the truncation; 2 + 10; 3 + 0.5 (4 + 20); 4 + 0.5 5; 5
    expect(Array.from(nStepReturns)).toEqual([7, 12, 15, 6.5, 5]);
    expect(Array.from(nStepAdvantage)).toEqual([6, 11, 13, 4.5, 2]);
  });

  test("V-trace by hand", () => {
    const { log } = Math;
    const rollout: Rollout = {
      T: 4,
      E: 1,
      reward: Float32Array.of(1, 2, 3, 4),
      value: Float32Array.of(1, 1, 2, 2),
      nextValue: Float32Array.of(1, 2, 2, 40),
      terminated: Float32Array.of(0, 0, 0, 1),
      truncated: Float32Array.of(0, 0, 0, 0),
      logProbability: Float32Array.of(0, log(0.5), log(4), log(2)),
      behaviourLogProbability: Float32Array.of(0, 0, 0, log(0.5)),
    };
    const setting = { discount: 0.5, lambda: 1, rhoBar: 2, cBar: 1 };
    const { vTraceAdvantage, vTraceReturns } = compute(create(), rollout, setting);
    // ratios 1, 1/2, 4, 4: rho 1, 1/2, 2, 2 and c 1, 1/2, 1, 1; delta 0.5, 2, 2, 2
    // D: 2 x 2; 2 x 2 + 0.5 x 1 x 4; 0.5 x 2 + 0.5 x 0.5 x 6; 0.5 + 0.5 x 1 x 2.5
    expectClose("returns", vTraceReturns, [1 + 1.75, 1 + 2.5, 2 + 6, 2 + 4], 1e-6);
    // rho (r + 0.5 v' - V): 1 (1 + 1.75 - 1); 0.5 (2 + 4 - 1); 2 (3 + 3 - 2); 2 (4 - 2)
    expectClose("advantage", vTraceAdvantage, [1.75, 2.5, 8, 4], 1e-6);
  });

  test("an episode's end keeps out what follows it, whatever the networks say there", () => {
    const sampler = new Sampler(SEED);
    const rollout = drawn(sampler, 6, 5, "ordinary", 0);
    // Step 2 terminates in environments 0 to 2 and is truncated in 3 and 4; both at once terminate.
    rollout.terminated.set([1, 1, 1], 10);
    rollout.truncated.set([1, 1, 1], 12);
    const setting = { discount: 0.99, lambda: 0.9 };
    const before = compute(create(), rollout, setting);
    rollout.nextValue.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NaN], 10);
    for (const array of [rollout.reward, rollout.value, rollout.nextValue]) array.fill(Number.NaN, 15);
    const after = compute(create(), rollout, setting);
    for (const key of Object.keys(before)) {
      expectSameBits(key, after[key].subarray(0, 15), before[key].subarray(0, 15));
      expect(before[key].every(Number.isFinite)).toBe(true);
    }
  });

  test("lambda 0 looks one step ahead", () => {
    const rollout = drawn(new Sampler(SEED), 20, 3, "ordinary");
    const { returns, advantage, gaeReturns } = compute(create(), rollout, { discount: 0.9, lambda: 0 });
    const { reward, value, nextValue, terminated } = rollout;
    const targets = reward.map((r, k) => r + (terminated[k] ? 0 : 0.9 * nextValue[k]));
    expectClose("returns", returns, targets, 1e-6);
    expectClose("gae's returns", gaeReturns, targets, 1e-6);
    expectClose(
      "advantage",
      advantage,
      targets.map((target, k) => target - value[k]),
      1e-6,
    );
  });

  test("lambda 1 sums discounted rewards to the episode's end", () => {
    const [T, E, discount] = [20, 3, 0.9];
    const rollout = drawn(new Sampler(SEED), T, E, "ordinary");
    const { reward, value, nextValue, terminated, truncated } = rollout;
    // Values follow each other: what comes after step t is what step t + 1 starts from, but where an episode ends.
    for (let k = 0; k < (T - 1) * E; k++) if (!truncated[k]) nextValue[k] = value[k + E];
    const sums = Array.from(reward, (_, start) => {
      let sum = 0;
      for (let k = start, power = 1; k < T * E; k += E, power *= discount) {
        sum += power * reward[k];
        if (terminated[k]) return sum;
        if (truncated[k] || k + E >= T * E) return sum + power * discount * nextValue[k];
      }
      return sum;
    });
    const { returns, advantage, gaeReturns } = compute(create(), rollout, { discount, lambda: 1 });
    expectClose("returns", returns, sums, 1e-5);
    expectClose("gae's returns", gaeReturns, sums, 1e-5);
    expectClose(
      "advantage",
      advantage,
      sums.map((sum, k) => sum - value[k]),
      1e-5,
    );
  });

  // GAE of Q(lambda)'s values: where the value of a step is the largest value of its observation, both agree.
  test("returns of both operations agree where values follow each other", () => {
    const [T, E] = [20, 3];
    const rollout = drawn(new Sampler(SEED + 1), T, E, "ordinary");
    for (let k = 0; k < (T - 1) * E; k++) {
      if (!rollout.truncated[k]) rollout.nextValue[k] = rollout.value[k + E];
    }
    const { returns, gaeReturns } = compute(create(), rollout, { discount: 0.95, lambda: 0.65 });
    expectClose("returns", gaeReturns, returns, 1e-5);
  });
});

describe.each(BACKENDS.slice(1))("$name picks the reference's transitions and maxima", ({ create }) => {
  test.each<Wildness>(["ordinary", "wild"])("of %s numbers, what is not asked for untouched", (wildness) => {
    const sampler = new Sampler(SEED);
    const pair = new Pair(create);
    for (const E of WIDTHS) {
      for (const A of [1, 2, 3, 4, 5, 18]) {
        const T = 1 + sampler.index(5);
        const n = T * E;
        const rows = 1 + sampler.index(n);
        const first = sampler.index(n - rows + 1);
        const order = Float32Array.from({ length: n }, () => sampler.index(n));
        const [records, scalars] = [sampler.values(n * A, wildness), sampler.values(n, wildness)];
        pair.agree(`[${T}, ${E}] x ${A}, ${rows} from ${first}`, (backend): Outputs => {
          const indices = tensorOf(backend, 1, n, order);
          const rowWise = tensorOf(backend, n, A, records);
          const [wide, flat] = [tensorOf(backend, T, E * A, records), tensorOf(backend, T, E, scalars)];
          const [picked, fromWide, column] = [A, A, 1].map((columns) => output(backend, n, columns));
          const maxima = output(backend, T, E);
          backend.rows.gather(rows, indices, first, rowWise, picked);
          backend.rows.gather(rows, indices, first, wide, fromWide);
          backend.rows.gather(rows, indices, first, flat, column);
          backend.rows.maximum(rows, rowWise, first, maxima);
          const outputs = { picked, fromWide, column, maxima };
          return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, now(backend.read(tensor))]));
        });
      }
    }
  });
});

describe.each(BACKENDS)("$name", ({ create }) => {
  test("gathers record order[first + b] into row b, from rows of one record or of several", () => {
    const backend = create();
    const order = tensorOf(backend, 1, 6, [5, 4, 3, 0, 1, 2]);
    const observations = tensorOf(backend, 6, 2, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5]);
    const rewards = tensorOf(backend, 2, 3, [10, 11, 12, 13, 14, 15]);
    const [rows, column] = [backend.tensor(3, 2), backend.tensor(3, 1)];
    backend.rows.gather(3, order, 1, observations, rows);
    backend.rows.gather(3, order, 1, rewards, column);
    expect(Array.from(now(backend.read(rows)))).toEqual([4, 4.5, 3, 3.5, 0, 0.5]);
    expect(Array.from(now(backend.read(column)))).toEqual([14, 13, 10]);
  });

  test("puts the largest value of row b at transition first + b", () => {
    const backend = create();
    const values = tensorOf(backend, 3, 2, [1, 2, -1, -2, Number.NEGATIVE_INFINITY, Number.NaN]);
    const maxima = output(backend, 2, 3);
    backend.rows.maximum(3, values, 2, maxima);
    expect(Array.from(now(backend.read(maxima)))).toEqual([7.25, 7.25, 2, -1, Number.NEGATIVE_INFINITY, 7.25]);
  });
});
