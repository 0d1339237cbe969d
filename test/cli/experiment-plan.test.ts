import { expect, test } from "vitest";
import { planRuns } from "../../src/cli/experiment-plan.ts";
import type { Arm, EnvironmentSpec } from "../../src/experiments/experiment-spec.ts";
import { AVERAGED_DQN, CORRIDOR } from "./user-files.ts";

const context = {
  name: "small",
  settings: { "network.hidden": [8], batchSize: 16 },
  evaluation: { everySteps: 10, episodes: 1, seed: 1_000_000, finalEpisodes: 1, finalSeed: 10_000 },
  metric: "final",
} as const;
const environment = (id: string, settings: object = {}): EnvironmentSpec => ({
  ...{ id, options: {}, steps: 300, reference: null },
  settings: { ...settings },
});
const arm = (name: string, algorithm: string, settings: object = {}): Arm => ({
  ...{ name, algorithm, preset: false, levels: {} },
  settings: { ...settings },
});

test("runs come by environment, arm and seed, with every setting to the last default", async () => {
  const environments = [environment("CartPole-v1"), environment("Acrobot-v1", { batchSize: 32 })];
  const arms = [arm("one", "dqn"), arm("two", "dqn", { batchSize: 64, "network.hidden": [4] })];
  const planned = await planRuns(context, "/", environments, arms, [5, 6]);
  expect(planned.map(({ config, seed }) => [config.env.id, config.settings.batchSize, seed])).toEqual([
    ...[16, 64].flatMap((size) => [5, 6].map((seed) => ["CartPole-v1", size, seed])),
    ...[32, 64].flatMap((size) => [5, 6].map((seed) => ["Acrobot-v1", size, seed])),
  ]);
  const { config } = planned[2];
  expect(config.settings).toMatchObject({ totalSteps: 300, network: { hidden: [4], activation: "relu" }, tau: 1 });
  expect(config.settings).not.toHaveProperty("seed");
  expect(config).not.toHaveProperty("files");
});

test("modules of the user's leave the fingerprints of their files", async () => {
  const [{ config }] = await planRuns(context, "/", [environment(CORRIDOR)], [arm("mine", AVERAGED_DQN)], [0]);
  expect(config.files).toEqual({
    [AVERAGED_DQN]: expect.stringMatching(/^[0-9a-f]{64}$/),
    [CORRIDOR]: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test.each([
  [arm("a", "dqm"), /^small: a on CartPole-v1: algorithm expected .* Did you mean dqn\?$/],
  [arm("a", "dqn", { seed: 1 }), /^small: a on CartPole-v1: key expected a setting, got "seed"\./],
  [arm("a", "dqn", { batchSize: 0 }), /^small: a on CartPole-v1: DQN: batchSize expected/],
  [
    arm("a", "sarsa"),
    /^small: a on CartPole-v1: Sarsa: option expected|^small: a on CartPole-v1: Sarsa: observationSpace/,
  ],
])("what does not fit names arm and environment (%#)", async (wrong, message) => {
  await expect(planRuns(context, "/", [environment("CartPole-v1")], [wrong], [0])).rejects.toThrow(message);
});
