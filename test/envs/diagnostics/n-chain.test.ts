import { expect, test } from "vitest";
import { NChain } from "../../../src/envs/diagnostics/n-chain.ts";
import { isTabular } from "../../../src/envs/tabular.ts";

test("walks forward, pays at the far end and for the way back", () => {
  const env = new NChain({ slip: 0, n: 3 });
  env.reset({ seed: 0 });
  const steps = [0, 0, 0, 0, 1, 0].map((action) => env.step(action));
  expect(steps.map(({ observation }) => observation)).toEqual([1, 2, 2, 2, 0, 1]);
  expect(steps.map(({ reward }) => reward)).toEqual([0, 0, 10, 10, 2, 0]);
  expect(steps.some(({ terminated }) => terminated)).toBe(false);
});

test("pays 3.6768 per step in the long run for always going forward, and less for the best of the rest", () => {
  const env = new NChain();
  expect(isTabular(env)).toBe(true);
  const gain = (policy: readonly number[]): number => {
    let distribution = [...env.startDistribution()];
    let reward = 0;
    for (let step = 0; step < 200; step++) {
      const next = distribution.map(() => 0);
      reward = 0;
      distribution.forEach((mass, link) => {
        for (const way of env.transitions()[link][policy[link]]) {
          next[way.nextState] += mass * way.probability;
          reward += mass * way.probability * way.reward;
        }
      });
      distribution = next;
    }
    return reward;
  };
  const gains = Array.from({ length: 32 }, (_, code) => gain([0, 1, 2, 3, 4].map((link) => (code >> link) & 1)));
  expect(gains[0]).toBeCloseTo(0.8 * 0.8 * 0.8 * 0.8 * 0.8 * 10 + 0.2 * 2, 12);
  expect(Math.max(...gains.slice(1))).toBeLessThan(gains[0]);
});

test("slips to the other action as often as it says", () => {
  const env = new NChain();
  env.reset({ seed: 3 });
  let back = 0;
  for (let i = 0; i < 2000; i++) if (env.step(0).reward === 2) back++;
  // Four standard errors.
  expect(Math.abs(back / 2000 - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / 2000));
});

test("draws the chain", () => {
  const env = new NChain({ n: 3, slip: 0 });
  env.reset({ seed: 0 });
  env.step(0);
  expect(env.renderText()).toBe(" 0 -[1]- 2 ");
});

test("refuses bad options", () => {
  expect(() => new NChain({ n: 1 })).toThrow(
    new RangeError("NChain: n expected an integer at least 2, got 1. Default: 5."),
  );
  expect(() => new NChain({ slip: 2 })).toThrow(
    new RangeError("NChain: slip expected a number at least 0 and at most 1, got 2. It is a probability."),
  );
});
