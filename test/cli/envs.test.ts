import { expect, test } from "vitest";
import { BUILT_IN_IDS } from "../envs/every-env.ts";
import { lastJson, runWell } from "./run-cli.ts";

test("lists every environment of the package as a table and as JSON", async () => {
  const { stdout } = await runWell(["envs"]);
  const rows = stdout.trimEnd().split("\n").slice(1);
  expect(rows.map((row) => row.split(" ")[0])).toEqual(BUILT_IN_IDS);
  expect(rows).toContainEqual(
    expect.stringMatching(
      /^CartPole-v1 +Box\(4\) +Discrete\(2\) +500 +475 +a2c, c51, dqn, dqn \(CartPole-v1\/polyak\),/,
    ),
  );
  const json = lastJson(await runWell(["envs", "--json"])) as unknown as Record<string, unknown>[];
  expect(json.find(({ id }) => id === "CartPole-v1")).toMatchObject({
    observation: "Box(4)",
    action: "Discrete(2)",
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    presets: expect.arrayContaining([{ algorithm: "dqn", name: "CartPole-v1" }]),
  });
});
