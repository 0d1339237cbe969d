import { describe, expect, test } from "vitest";
import type { PlannedRun } from "../../src/cli/planned-run.ts";
import { RunFolder } from "../../src/cli/run-folder.ts";
import {
  quoted,
  reportFinished,
  reportInterrupted,
  reportResult,
  type TrainResult,
} from "../../src/cli/training-report.ts";
import { make } from "../../src/index.ts";
import { capturedTerminal } from "./captured-terminal.ts";

const score = { mean: 480, std: 12.34, min: 400, max: 500, episodes: 100, step: 900 };
const RESULT: TrainResult = {
  ...{ algorithm: "dqn", env: "CartPole-v1", seed: 0, envSteps: 1000, updates: 900, episodes: 20, seconds: 12.3 },
  ...{ evaluation: score, policy: "kept", weightsSha256: "ab", evaluationEnvSteps: 5, folder: "runs/one" },
  final: { ...score, mean: 300, step: 1000 },
  kept: { ...score, choosingMean: 490 },
};
const plan = (id: string, folder: string = "runs/one"): PlannedRun =>
  ({ config: { steps: 1000 }, env: make(id), folder: new RunFolder(folder) }) as PlannedRun;

describe("the report of a run", () => {
  test("says both policies, which one is the result, and whether it solved the task", () => {
    const { terminal, read } = capturedTerminal();
    reportResult(terminal, plan("CartPole-v1"), RESULT);
    const text = read();
    expect(text).toContain("Trained dqn on CartPole-v1: 1,000 steps, 20 episodes, 900 updates in 12.3 s.");
    expect(text).toMatch(/kept, from step 900 +return +480 ± 12 +lowest 400 +best\.safetensors, the result/);
    expect(text).toMatch(/final, from step 1,000 +return +300 .*checkpoint\.safetensors\n/);
    expect(text).toContain("Solved: a mean return of at least 475 counts as solved.");
    expect(text).toMatch(/play runs\/one --svg play\.svg/);
  });

  test("says less where there is less: no kept policy, no threshold, no step limit", () => {
    const { terminal, read } = capturedTerminal();
    reportResult(terminal, plan("CliffWalking-v1"), { ...RESULT, kept: null, policy: "final" });
    const text = read();
    expect(text).toContain("100 greedy episodes on fresh seeds, cut after 1,000 steps:");
    expect(text).not.toMatch(/best\.safetensors|olved/);
  });
});

test("an interrupted run says how to go on, and quotes what a shell would take apart", () => {
  const { terminal, read } = capturedTerminal();
  reportInterrupted(terminal, plan("CartPole-v1", "my runs/one"), 400);
  expect(read()).toMatch(/Stopped at step 400 of 1,000; .*\nTo go on: .* train --resume "my runs\/one"\n$/);
  expect(["runs/one-2", "a b", "c:d"].map(quoted)).toEqual(["runs/one-2", '"a b"', "c:d"]);
});

test("a finished run says its result again", () => {
  const { terminal, read } = capturedTerminal();
  reportFinished(terminal, "runs/one", { evaluation: { mean: 480 } });
  expect(read()).toMatch(/^runs\/one: the run is finished with a mean return of 480\. There is nothing to resume\.\n/);
});
