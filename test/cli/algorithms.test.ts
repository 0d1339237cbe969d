// Algorithms that users wrote, from their first step to their last report; and what is said of a file that has none.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as registry from "../../src/agents/registry.ts";
import { ALGORITHMS, findAlgorithm } from "../../src/cli/algorithms.ts";
import { lastJson, run, runWell, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, CORRIDOR, SMALL_AVERAGED, writeFiles } from "./user-files.ts";

const AGENT = { "my-agent.mjs": readFileSync(AVERAGED_DQN, "utf8") };

describe("registered algorithms", () => {
  test("are every class of the registry, by the names that they give themselves, in order", async () => {
    const names = Object.values(registry).map(({ about }) => about.algorithm);
    expect(Object.keys(ALGORITHMS)).toEqual(names.sort());
    expect((await findAlgorithm("dqn", "/")).about).toBe(registry.DQN.about);
  });

  test("that are mistyped are answered by the nearest, or by all", async () => {
    await expect(findAlgorithm("dqm", "/")).rejects.toThrow(
      'algorithm expected a known name or a file, got "dqm". Did you mean dqn?',
    );
    await expect(findAlgorithm("something", "/")).rejects.toThrow(
      /Known: a2c, .*; or give a file, \.\/my-agent\.mjs\.$/,
    );
    const folder = temporaryFolder();
    writeFiles(folder, { "dqn-x.mjs": "" });
    await expect(findAlgorithm("dqn-x", folder)).rejects.toThrow(/got "dqn-x"\. Did you mean \S+\/dqn-x\.mjs\?$/);
  });
});

describe("an algorithm in a file", () => {
  const words = ["train", "./my-agent.mjs", "CartPole-v1", ...SMALL_AVERAGED, "--steps", "300", "--eval-episodes", "2"];

  test("trains in a folder named after the file, which remembers it, and is scored from anywhere", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, AGENT);
    const result = lastJson(await runWell([...words, "--json"], cwd));
    expect(result).toMatchObject({ algorithm: "my-agent", env: "CartPole-v1", envSteps: 300 });
    const folder = join(cwd, "runs/my-agent-CartPole-v1-seed0");
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    expect(config).toMatchObject({
      algorithm: "../../my-agent.mjs",
      files: { "../../my-agent.mjs": expect.stringMatching(/^[0-9a-f]{64}$/) },
      settings: { targetNetworks: 2, network: { hidden: [8] } },
      backend: "wasm",
    });
    const scored = lastJson(await runWell(["evaluate", folder, "--which", "final", "--json"], temporaryFolder()));
    expect(scored).toMatchObject({ algorithm: "my-agent", mean: (result.final as { mean: number }).mean });
  });

  test("is resumed, played and drawn as the library's are", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, AGENT);
    const first = lastJson(await runWell([...words, "--json", "--out", "run"], cwd));
    const again = await runWell(["train", "./my-agent.mjs", "CartPole-v1", "--resume", "run", "--json"], cwd);
    expect(lastJson(again)).toEqual(first);
    expect((await runWell(["play", "run"], cwd)).stdout).toMatch(/^my-agent on CartPole-v1 {3}episode 1 of 1/);
    expect((await runWell(["plot", "run", "--out", "-"], cwd)).stdout).toContain("solved: 475");
  });

  test("learns from an environment in a file", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { ...AGENT, "maze.mjs": readFileSync(CORRIDOR, "utf8") });
    const own = ["train", "./my-agent.mjs", "./maze.mjs", ...SMALL_AVERAGED, "--steps", "300", "--json"];
    expect(lastJson(await runWell([...own, "--env-set", "length=6"], cwd))).toMatchObject({
      env: "maze",
      envSteps: 300,
    });
    expect(existsSync(join(cwd, "runs/my-agent-maze-seed0/best.safetensors"))).toBe(true);
  });

  test("takes dotted settings, backends and presets of its own", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, {
      ...AGENT,
      "quick.mjs": `
        import { AveragedDQN } from "./my-agent.mjs";
        const presets = { "CartPole-v1": { source: "a guess", options: { targetNetworks: 3, warmupSteps: 50 } } };
        export default class Quick extends AveragedDQN {
          static about = { ...super.about, name: "Quick", algorithm: "quick", presets };
        }`,
    });
    const own = ["train", "./quick.mjs", "CartPole-v1", "--steps", "80", "--eval-every", "0", "--quiet"];
    const set = ["--set", "epsilon.to=0.2", "--set", "network.hidden=[8]"];
    await runWell([...own, ...set, "--backend", "reference", "--out", "run"], cwd);
    const { settings, backend } = JSON.parse(readFileSync(join(cwd, "run/config.json"), "utf8"));
    expect(backend).toBe("reference");
    expect(settings).toMatchObject({ targetNetworks: 3, warmupSteps: 50, epsilon: { type: "linear", to: 0.2 } });
    expect(settings.network).toMatchObject({ hidden: [8], activation: "relu" });
  });
});

describe("a file of an algorithm", () => {
  const say = async (files: Readonly<Record<string, string>>, word: string, ...more: string[]) => {
    const cwd = temporaryFolder();
    writeFiles(cwd, files);
    const { code, stderr } = await run(["train", word, "CartPole-v1", "--steps", "50", "--quiet", ...more], cwd);
    expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
    expect(code).toBe(2);
    expect(existsSync(join(cwd, "runs"))).toBe(false);
    return stderr.slice("bellwether: ".length).trimEnd();
  };

  test("without a class of agents is answered by what it exports", async () => {
    const said = await say({ "x.mjs": "export class Plain {}\nexport const answer = 42;" }, "./x.mjs");
    expect(said).toBe(
      "./x.mjs: exports expected a class of agents (with static about, load), got Plain (a class), answer (42). docs/parts.md shows how to write one.",
    );
  });

  test("with several is answered by their names, and one is chosen by its name", async () => {
    const files = {
      ...AGENT,
      "two.mjs": `
        import { AveragedDQN } from "./my-agent.mjs";
        export class One extends AveragedDQN {}
        export class Two extends AveragedDQN {}`,
    };
    expect(await say(files, "two.mjs")).toMatch(
      /^\.\/two\.mjs: exports expected one that is a class of agents .*, got One, Two\. Say which: \.\/two\.mjs#One\.$/,
    );
    expect(await say(files, "two.mjs#Tow")).toMatch(
      /the word after # expected the name of an export \(.*\), got "Tow"\. Did you mean Two\?$/,
    );
    const cwd = temporaryFolder();
    writeFiles(cwd, files);
    await runWell(["train", "two.mjs#Two", "CartPole-v1", "--steps", "50", "--eval-every", "0", "--quiet"], cwd);
    expect(existsSync(join(cwd, "runs/two-Two-CartPole-v1-seed0/result.json"))).toBe(true);
  });

  test("whose class does not say what it is, is answered by what it leaves out", async () => {
    const text = "export class Mine { static about = { name: 'Mine', algorithm: 'mine' }; static load() {} }";
    expect(await say({ "x.mjs": text }, "./x.mjs")).toBe(
      "./x.mjs: Mine.about.summary expected text, got undefined. docs/parts.md shows how to write it.",
    );
  });

  test("whose class takes a name of the library's is asked for another", async () => {
    const text = `
      import { AveragedDQN } from "./my-agent.mjs";
      export class Mine extends AveragedDQN {
        static about = { ...super.about, algorithm: "dqn" };
      }`;
    expect(await say({ ...AGENT, "x.mjs": text }, "./x.mjs")).toBe(
      './x.mjs: Mine.about.algorithm expected a name of its own, got "dqn", which the library uses. Choose another.',
    );
  });

  test("whose constructor fails is answered by its line", async () => {
    const text = `
      import { AveragedDQN } from "./my-agent.mjs";
      export class Mine extends AveragedDQN {
        constructor(workplace, options) {
          super(workplace, options);
          this.missing.call();
        }
      }`;
    expect(await say({ ...AGENT, "x.mjs": text }, "./x.mjs")).toMatch(
      /^\.\/x\.mjs:6: Cannot read properties of undefined/,
    );
  });

  test("whose update fails is answered by its line, and the run ends", async () => {
    const cwd = temporaryFolder();
    const text = AGENT["my-agent.mjs"].replace("model.descend(", "model.ascend(");
    writeFiles(cwd, { "x.mjs": text });
    const line = text.split("\n").findIndex((each) => each.includes("model.ascend(")) + 1;
    const { code, stderr } = await run(["train", "x.mjs", "CartPole-v1", ...SMALL_AVERAGED, "--quiet"], cwd);
    expect(stderr).toBe(`bellwether: ./x.mjs:${line}: model.ascend is not a function\n`);
    expect(code).toBe(2);
  });

  test("whose update throws no error is named, whatever it throws", async () => {
    const cwd = temporaryFolder();
    for (const [thrown, shown] of [
      ["undefined", "undefined"],
      ["'text'", '"text"'],
    ]) {
      writeFiles(cwd, { "x.mjs": AGENT["my-agent.mjs"].replace(/^.*model\.descend\(/m, `throw ${thrown};\n$&`) });
      const { code, stderr } = await run(
        ["train", "x.mjs", "CartPole-v1", ...SMALL_AVERAGED, "--force", "--quiet"],
        cwd,
      );
      expect([code, stderr]).toEqual([2, `bellwether: ./x.mjs: the file threw ${shown} instead of an Error\n`]);
    }
  });

  test("without presets says so where one is asked for", async () => {
    expect(await say(AGENT, "my-agent.mjs", "--preset", "foo")).toBe(
      'preset expected none, because AveragedDQN has no presets, got "foo". Leave it out.',
    );
  });

  test("is not blamed for a wrong option or an environment that does not fit", async () => {
    expect(await say(AGENT, "my-agent.mjs", "--set", "targetNetwork=3")).toMatch(
      /^AveragedDQN: option expected a known name, got "targetNetwork"\. Did you mean targetNetworks\?$/,
    );
    const { code, stderr } = await run(["train", AVERAGED_DQN, "Pendulum-v1"], temporaryFolder());
    expect(stderr).toMatch(/^bellwether: AveragedDQN: actionSpace expected discrete, got box\./);
    expect(code).toBe(2);
  });
});
