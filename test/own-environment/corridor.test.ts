// The example of an environment keeps the contract, and can be learned.

import { expect, test } from "vitest";
import { checkEnv, DQN, type SyncEnv } from "../../src/index.ts";

const FILE = new URL("../../examples/own-environment/corridor.mjs", import.meta.url);
const { Corridor } = (await import(FILE.href)) as {
  readonly Corridor: new (options?: { readonly length?: number }) => SyncEnv<number[], number>;
};

test("the corridor keeps the contract of environments, saved states included", async () => {
  for (const length of [2, 5, 10]) {
    expect(await checkEnv(new Corridor({ length }))).toEqual({ ok: true, problems: [], warnings: [] });
  }
});

test("DQN learns to walk to the treasure", async () => {
  const agent = new DQN(new Corridor(), {
    ...{ seed: 1, totalSteps: 6000, learningRate: 1e-3, batchSize: 64 },
    ...{ trainIntervalSteps: 1, targetIntervalUpdates: 200 },
  });
  await agent.learn(6000);
  const { mean } = await agent.evaluate(() => new Corridor());
  expect(mean).toBeGreaterThan(0.9);
});
