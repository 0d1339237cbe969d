import { describe, expect, test } from "vitest";
import { IQN, type IQNOptions } from "../../../src/agents/deep-q/iqn.ts";
import { reference } from "../../../src/backends/reference/index.ts";
import type { SyncEnv } from "../../../src/env.ts";
import { make } from "../../../src/envs/registry.ts";

const SMALL: IQNOptions = {
  preset: false,
  seed: 11,
  totalSteps: 300,
  batchSize: 8,
  capacity: 100,
  warmupSteps: 20,
  trainIntervalSteps: 1,
  targetIntervalUpdates: 7,
  network: { hidden: [8] },
  distribution: { type: "implicit-quantile", quantiles: 4, nextQuantiles: 3, actingQuantiles: 5, cosines: 6 },
};
const cartPole = (): SyncEnv => make("CartPole-v1");

describe("quantiles at drawn fractions", () => {
  test.each<[string, IQNOptions]>([
    ["plain", {}],
    ["double, dueling, prioritized", { double: true, dueling: true, replay: "proportional" }],
  ])("a run that was saved and loaded goes on bit for bit: %s", (_, options) => {
    const whole = new IQN(cartPole(), { ...SMALL, ...options });
    whole.learnSync(300);
    const expected = whole.save();
    for (const cut of [1, 58, 151]) {
      const first = new IQN(cartPole(), { ...SMALL, ...options });
      first.learnSync(cut);
      const rest = IQN.load(first.save(), { env: cartPole() });
      rest.learnSync(300 - cut);
      expect(rest.save(), `cut after ${cut} steps`).toEqual(expected);
    }
  });

  test("both backends learn the same", () => {
    const ours = new IQN(cartPole(), SMALL);
    const theirs = new IQN(cartPole(), { ...SMALL, backend: reference });
    for (const agent of [ours, theirs]) agent.learnSync(60);
    expect(theirs.save()).toEqual(ours.save());
  });

  test("greedy values are the same every time, and acting draws nothing", () => {
    const agent = new IQN(cartPole(), SMALL);
    agent.learnSync(60);
    const before = agent.save();
    const observation = [0.1, 0, -0.1, 0];
    expect(agent.qValues(observation)).toEqual(agent.qValues(observation));
    agent.act(observation);
    expect(agent.save()).toEqual(before);
  });
});
