// Policies in files of their own, where no run says what they are of.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lastJson, run, runWell, SMALL, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, SMALL_AVERAGED, writeFiles } from "./user-files.ts";

test("a policy of the user's algorithm is played once its class is named", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "agent.mjs": readFileSync(AVERAGED_DQN, "utf8") });
  const words = [...SMALL_AVERAGED, "--steps", "150", "--eval-episodes", "2", "--out", "run", "--quiet"];
  await runWell(["train", "./agent.mjs", "CartPole-v1", ...words], cwd);
  cpSync(join(cwd, "run/best.safetensors"), join(cwd, "alone/policy.safetensors"));

  const alone = ["evaluate", "alone/policy.safetensors", "--episodes", "3", "--json"];
  const nowhere = await run(alone, cwd);
  expect(nowhere.stderr).toMatch(/alone expected config\.json to say which environment, got none\. Add --env ID\.\n$/);
  const unknown = await run([...alone, "--env", "CartPole-v1"], cwd);
  expect(unknown.stderr).toBe(
    'bellwether: alone/policy.safetensors expected a policy of a known algorithm, got one of "averaged-dqn". Name the file of its class: --algorithm FILE.\n',
  );
  expect(unknown.code).toBe(2);
  const named = await runWell([...alone, "--env", "CartPole-v1", "--algorithm", "agent.mjs"], cwd);
  const beside = await runWell(["evaluate", "run", "--episodes", "3", "--json"], cwd);
  expect(lastJson(named).returns).toEqual(lastJson(beside).returns);

  const other = await run([...alone, "--env", "CartPole-v1", "--algorithm", "dqn"], cwd);
  expect(other.stderr).toBe(
    'bellwether: alone/policy.safetensors: DQN.load: algorithm expected "dqn", got "averaged-dqn". Load it with its own class.\n',
  );
  expect(other.code).toBe(2);
});

test("a file that is damaged, of another environment or no policy at all is answered by its name", async () => {
  const cwd = temporaryFolder();
  for (const env of ["CartPole-v1", "FrozenLake-v1"]) {
    const words = [...SMALL, "--steps", "120", "--eval-episodes", "2", "--out", env, "--quiet"];
    await runWell(["train", "dqn", env, ...words], cwd);
  }
  const say = async (path: string): Promise<string> => {
    const { code, stderr, stdout } = await run(["evaluate", path], cwd);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  };
  const best = join(cwd, "CartPole-v1/best.safetensors");
  writeFileSync(best, readFileSync(best).subarray(0, 1000));
  expect(await say("CartPole-v1")).toMatch(
    /^bellwether: CartPole-v1\/best\.safetensors: decodeSafetensors: header length expected [^\n]+\n$/,
  );
  cpSync(join(cwd, "FrozenLake-v1/best.safetensors"), best);
  expect(await say("CartPole-v1")).toMatch(
    /^bellwether: CartPole-v1\/best\.safetensors: DQN\.load: observationSpace expected [^\n]+\n$/,
  );
  writeFiles(cwd, { "maze.mjs": "export default 1;" });
  expect(await say("./maze.mjs")).toBe(
    "bellwether: ./maze.mjs expected a run folder or the file of a policy (.safetensors), got a file of another kind. Name the run's folder.\n",
  );
});
