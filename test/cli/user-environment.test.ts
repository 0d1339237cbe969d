// Environments that users wrote: what a file may export, what is said of one that breaks the contract, and where one is not enough.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lastJson, run, runWell, SMALL, temporaryFolder } from "./run-cli.ts";
import { AVERAGED_DQN, CORRIDOR, writeFiles } from "./user-files.ts";

const CORRIDOR_FILE = { "corridor.mjs": readFileSync(CORRIDOR, "utf8") };
const TRAIN = ["train", "dqn"] as const;
const SHORT = [...SMALL, "--steps", "150", "--json", "--quiet"] as const;

/** An environment whose methods are given as text. */
const withStep = (step: string): string => `
import { box, discrete } from "bellwether";
export const makeEnv = () => ({
  observationSpace: box(-1, 1, [1]),
  actionSpace: discrete(2),
  reset: () => ({ observation: [0], info: {} }),
  step: () => ${step},
});`;
const FINE = withStep("({ observation: [0], reward: 1, terminated: true, truncated: false, info: {} })");

async function train(files: Readonly<Record<string, string>>, word: string, ...more: string[]) {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  return lastJson(await runWell([...TRAIN, word, ...SHORT, ...more], cwd));
}

async function refusal(files: Readonly<Record<string, string>>, word: string, ...more: string[]): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  const { code, stderr, stdout } = await run([...TRAIN, word, ...SHORT, ...more], cwd);
  expect(stderr).toMatch(/^bellwether: [^\n]+\n$/);
  expect([code, stdout]).toEqual([2, ""]);
  expect(existsSync(join(cwd, "runs"))).toBe(false);
  return stderr.slice("bellwether: ".length).trimEnd();
}

describe("an environment file", () => {
  test("may export a class, a function, one that waits, or several of which one is named", async () => {
    const forms = {
      class: CORRIDOR_FILE["corridor.mjs"],
      function: 'import { Corridor } from "./corridor.mjs";\nexport default (options) => new Corridor(options);',
      waiting:
        'import { Corridor } from "./corridor.mjs";\nexport const make = async (options) => new Corridor(options);',
      several:
        'export { Corridor, Corridor as Other } from "./corridor.mjs";\nexport class More { reset() {} step() {} }',
    };
    for (const [name, text] of Object.entries(forms)) {
      const word = `./${name}.mjs${name === "several" ? "#Other" : ""}`;
      const result = await train({ ...CORRIDOR_FILE, [`${name}.mjs`]: text }, word);
      expect(result).toMatchObject({ env: name === "several" ? "several#Other" : name, envSteps: 150, policy: "kept" });
    }
  });

  test("hands --env-set to what makes the environment, in training and in evaluation", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, CORRIDOR_FILE);
    await runWell([...TRAIN, "./corridor.mjs", ...SHORT, "--env-set", "length=4", "--out", "run"], cwd);
    expect((await runWell(["play", "run"], cwd)).stdout).toMatch(/^x\.o\.\*$/m);
    expect((await runWell(["play", "run", "--env-set", "length=6"], cwd)).stdout).toMatch(/^x\.\.o\.\.\*$/m);
  });

  test("is evaluated in environments of its own: training ends in the same bits with evaluations or without", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, CORRIDOR_FILE);
    const words = [...TRAIN, "./corridor.mjs", ...SMALL, "--steps", "400", "--quiet", "--json"];
    const whole = lastJson(await runWell([...words, "--eval-every", "0", "--out", "whole"], cwd));
    const watched = lastJson(await runWell([...words, "--eval-every", "90", "--out", "watched"], cwd));
    expect(watched.weightsSha256).toBe(whole.weightsSha256);
  });

  test("whose environment answers by promise trains, is scored and is played", async () => {
    const text = `
      import { Corridor } from "./corridor.mjs";
      export class Slow extends Corridor {
        async reset(options) { return super.reset(options); }
        async step(action) { return super.step(action); }
      }`;
    const cwd = temporaryFolder();
    writeFiles(cwd, { ...CORRIDOR_FILE, "slow.mjs": text });
    const slow = lastJson(await runWell([...TRAIN, "./slow.mjs", ...SHORT, "--out", "slow"], cwd));
    const same = lastJson(await runWell([...TRAIN, "./corridor.mjs", ...SHORT, "--out", "same"], cwd));
    expect(slow.weightsSha256).toBe(same.weightsSha256);
    expect((await runWell(["play", "slow"], cwd)).stdout).toContain("dqn on slow   episode 1 of 1   step 1");
    const { code, stderr } = await run(["train", "pqn", "./slow.mjs", "--set", "environments=4"], cwd);
    expect(stderr).toMatch(
      /^bellwether: \.\/slow\.mjs: environments expected 4, .*, which answer at once, got promises\./,
    );
    expect(code).toBe(2);
  });

  test("gives as many environments as an algorithm learns from together", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, CORRIDOR_FILE);
    const words = ["train", "pqn", "./corridor.mjs", "--set", "environments=4", "--set", "network.hidden=[8]"];
    const own = [...words, "--steps", "402", "--json", "--quiet", "--checkpoint-every", "100"];
    const whole = lastJson(await runWell([...own, "--out", "whole"], cwd));
    expect(whole).toMatchObject({ envSteps: 404 });
  });
});

describe("a file that exports one environment", () => {
  const ONE = {
    ...CORRIDOR_FILE,
    "one.mjs": 'import { Corridor } from "./corridor.mjs";\nexport default new Corridor();',
  };

  test("trains without evaluations on the way, and says so", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, ONE);
    const words = [...TRAIN, "./one.mjs", ...SMALL, "--steps", "150", "--json", "--out", "run"];
    const outcome = await runWell(words, cwd);
    expect(lastJson(outcome)).toMatchObject({ env: "one", policy: "final", kept: null, evaluation: { episodes: 100 } });
    expect(outcome.stderr).toContain("./one.mjs: the file exports one environment, so nothing is evaluated during");
    expect(lastJson(await runWell(["evaluate", "run", "--json"], cwd))).toMatchObject({ which: "final" });
  });

  test("is refused where another is asked for: evaluations, several together, options, experiments", async () => {
    expect(await refusal(ONE, "./one.mjs", "--eval-every", "50")).toMatch(
      /^\.\/one\.mjs: --eval-every 50 expected an environment beside the one that is trained in, got the only one/,
    );
    expect(await refusal(ONE, "./one.mjs", "--env-set", "length=4")).toMatch(
      /^\.\/one\.mjs: --env-set expected a class or function that takes options, got an environment that is made\./,
    );
    const cwd = temporaryFolder();
    writeFiles(cwd, {
      ...ONE,
      "spec.json": JSON.stringify({
        ...{ name: "small", question: "?", environments: ["./one.mjs"], steps: 100, algorithm: "dqn" },
        arms: [{ name: "a" }],
      }),
    });
    for (const words of [
      ["train", "pqn", "./one.mjs", "--set", "environments=4"],
      ["compare", "./spec.json"],
    ]) {
      const { code, stderr } = await run(words, cwd);
      expect(stderr).toMatch(
        /^bellwether: \.\/one\.mjs: .* got the (only )?one that the file exports\. Export a class/,
      );
      expect(code).toBe(2);
    }
  });
});

describe("a breach of the contract", () => {
  test("is told before training starts, with the file's name", async () => {
    const files = { "env.mjs": withStep("({ observation: [2], reward: '1', terminated: false, info: {} })") };
    expect(await refusal(files, "./env.mjs")).toBe(
      './env.mjs: step 1: observation expected a number in -1..1 at index 0, got 2; step 1: reward expected a finite number, got "1"; step 1: truncated expected true or false, got undefined',
    );
  });

  test("of what is thrown names the line", async () => {
    const files = { "env.mjs": withStep("missing()") };
    expect(await refusal(files, "./env.mjs")).toBe("./env.mjs:7: step threw missing is not defined");
  });

  test("of an environment that is none says what came", async () => {
    expect(await refusal({ "env.mjs": "export default () => 3;" }, "./env.mjs")).toBe(
      "./env.mjs: default expected to make an environment, got 3. An environment has reset, step, observationSpace and actionSpace.",
    );
    const several = 'import { makeVector } from "bellwether";\nexport default () => makeVector("CartPole-v1", 2);';
    expect(await refusal({ "env.mjs": several }, "./env.mjs")).toMatch(
      /^\.\/env\.mjs: environment expected a single one, got several in step\./,
    );
    expect(await refusal({ "env.mjs": "export const size = 3;" }, "./env.mjs")).toMatch(
      /^\.\/env\.mjs: exports expected an environment, or a class or function that makes one, got size \(3\)\./,
    );
  });

  test("of a file of agents says where such a file belongs", async () => {
    const files = { "my-agent.mjs": readFileSync(AVERAGED_DQN, "utf8") };
    const elsewhere =
      "It is a class of agents: give it in place of the algorithm, bellwether train ./my-agent.mjs ENV.";
    expect(await refusal(files, "./my-agent.mjs")).toBe(
      `./my-agent.mjs: exports expected an environment, or a class or function that makes one, got AveragedDQN (a class). ${elsewhere}`,
    );
    expect(await refusal(files, "./my-agent.mjs#AveragedDQN")).toBe(
      `./my-agent.mjs: AveragedDQN expected an environment, or a class or function that makes one, got a class. ${elsewhere}`,
    );
  });

  test("that shows in training only ends the run with the file's name, and the line of what was thrown", async () => {
    const cwd = temporaryFolder();
    const late = (fault: string): string => `
      import { box, discrete } from "bellwether";
      export class Late {
        observationSpace = box(-1, 1, [1]);
        actionSpace = discrete(2);
        steps = 0;
        reset() { return { observation: [0], info: {} }; }
        step() {
          const reward = this.steps++ > 3000 ? ${fault} : 0;
          return { observation: [0], reward, terminated: true, truncated: false, info: {} };
        }
      }`;
    writeFiles(cwd, { "nan.mjs": late("Number.NaN"), "gone.mjs": late("this.gone.x") });
    const words = [...SMALL, "--steps", "5000", "--quiet"];
    const nan = await run([...TRAIN, "./nan.mjs", ...words], cwd);
    expect(nan.stderr).toMatch(/^bellwether: \.\/nan\.mjs: learn: reward expected a finite number, got NaN\./);
    const gone = await run([...TRAIN, "./gone.mjs", ...words], cwd);
    expect(gone.stderr).toMatch(/^bellwether: \.\/gone\.mjs:9: Cannot read properties of undefined/);
    expect([nan.code, gone.code]).toEqual([2, 2]);
  });

  test("of every kind that shows in training only names the file", async () => {
    const cwd = temporaryFolder();
    const late = (method: "reset" | "step", fault: string): string => `
      import { box, discrete } from "bellwether";
      export class Late {
        #calls = 0;
        observationSpace = box(-1, 1, [1]);
        actionSpace = discrete(2);
        reset() {
          if ("${method}" === "reset" && this.#calls++ > 1500) ${fault};
          return { observation: [0], info: {} };
        }
        step() {
          if ("${method}" === "step" && this.#calls++ > 3000) ${fault};
          return { observation: [0], reward: 0, terminated: true, truncated: false, info: {} };
        }
      }`;
    const result = "{ observation, reward, terminated, truncated, info }";
    const faults = [
      ["step", "return", `step expected to return ${result}, got undefined. Return it from every call.`],
      [
        "step",
        "return Promise.resolve()",
        `step expected to return ${result}, got undefined. Return it from every call.`,
      ],
      [
        "step",
        "return {}",
        `step expected to return ${result}, got one without observation. Return it from every call.`,
      ],
      ["reset", "return", "reset expected to return { observation, info }, got undefined. Return it from every call."],
      ["step", "throw undefined", "the file threw undefined instead of an Error"],
      ["step", "throw null", "the file threw null instead of an Error"],
      ["step", "throw 'text'", 'the file threw "text" instead of an Error'],
      ["step", "return Promise.reject('text')", 'the file threw "text" instead of an Error'],
    ] as const;
    for (const [i, [method, fault, message]] of faults.entries()) {
      writeFiles(cwd, { [`late${i}.mjs`]: late(method, fault) });
      const words = [`./late${i}.mjs`, ...SMALL, "--steps", "5000", "--eval-every", "0", "--quiet"];
      const { code, stderr } = await run([...TRAIN, ...words], cwd);
      expect([code, stderr]).toEqual([2, `bellwether: ./late${i}.mjs: ${message}\n`]);
    }
  });

  test("in a getter or in close names the file", async () => {
    const files = {
      "getter.mjs": `export class A { get observationSpace() { throw new Error("no space"); } reset() {} step() {} }`,
      "close.mjs": FINE.replace("reset:", "close() { throw new Error('open') }, reset:"),
    };
    expect(await refusal(files, "./getter.mjs")).toBe("./getter.mjs:1: no space");
    expect(await refusal(files, "./close.mjs")).toBe("./close.mjs:6: open");
  });

  test("that is a warning is a note", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "env.mjs": FINE });
    const { stdout } = await runWell([...TRAIN, "./env.mjs", ...SMALL, "--steps", "150"], cwd);
    expect(stdout).toMatch(/^\.\/env\.mjs: no saveState and loadState: a resumed run starts a new episode\.$/m);
  });
});
