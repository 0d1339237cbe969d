import { expect, test } from "vitest";
import { createAgent } from "../../src/cli/agent-settings.ts";
import { ALGORITHMS } from "../../src/cli/algorithms.ts";
import { findEnvironment } from "../../src/cli/environments.ts";
import { readAssignments } from "../../src/cli/settings.ts";

const cartPole = await findEnvironment({ id: "CartPole-v1", options: {} }, "/");
const create = (preset: string | false | null, steps: number | undefined, ...words: string[]) =>
  createAgent(ALGORITHMS.dqn, cartPole, { seed: 3, preset, steps, assignments: readAssignments("--set", words) }, {});

test("steps are the planned ones unless a setting says otherwise", async () => {
  expect((await create(false, 700)).agent.settings).toMatchObject({ seed: 3, totalSteps: 700 });
  expect((await create(false, 700, "totalSteps=9000")).agent.settings.totalSteps).toBe(9000);
  expect((await create(null, undefined)).agent.settings.totalSteps).toBe(50_000);
});

test("dotted names change a part of what would hold without them", async () => {
  const { agent, overrides } = await create(null, 500, "epsilon.to=0.3", "network.hidden=[7]");
  expect(agent.settings).toMatchObject({
    epsilon: { type: "linear", from: 1, to: 0.3, fraction: 0.2 },
    network: { hidden: [7], activation: "relu" },
    batchSize: 128,
  });
  expect(overrides).toMatchObject({ epsilon: { to: 0.3 }, network: { hidden: [7] } });
});

test("several environments come in step, as many as settings or preset say", async () => {
  const request = { seed: 0, preset: null, steps: 1000, assignments: readAssignments("--set", ["environments=3"]) };
  const { agent, env } = await createAgent(ALGORITHMS.ppo, cartPole, request, {});
  expect(env).toMatchObject({ count: 3 });
  expect(agent.settings).toMatchObject({ environments: 3 });
});

test("what the library refuses is wrong input", async () => {
  for (const words of [["learningRte=1"], ["batchSize=ten"], ["network.hiden=[1]"]]) {
    await expect(create(false, 100, ...words)).rejects.toThrow(expect.objectContaining({ name: "UsageError" }));
  }
  await expect(create("CartPole-v2", 100)).rejects.toThrow(/Did you mean CartPole-v1\?/);
});
