import { expect, test } from "vitest";
import type { Progress } from "../../src/agent.ts";
import { ProgressView } from "../../src/cli/progress-view.ts";
import type { RunConfig } from "../../src/cli/run-folder.ts";
import { capturedTerminal } from "./captured-terminal.ts";

const CONFIG = { algorithm: "../../my-agent.mjs", env: { id: "CartPole-v1" }, seed: 3, steps: 1000 } as RunConfig;
const PROGRESS: Progress = {
  ...{ envSteps: 250, targetSteps: 1000, episodes: 12, updates: 200, seconds: 2, stepsPerSecond: 125, etaSeconds: 6 },
  ...{ lastReturn: 31, meanReturn: 22.5, metrics: { loss: 0.5, learningRate: 0.001, meanQ: Number.NaN } },
};
const curve = { episodes: Array.from({ length: 30 }, (_, i): [number, number] => [i * 8, i]), evaluations: [] };
const kept = { mean: 40, step: 200, sha256: "" };

test("where there is no terminal, a line says how far a run is, and what it knows", () => {
  const { terminal, read } = capturedTerminal();
  const run = { secondsBefore: 0, evaluationEnvSteps: 0, kept };
  const view = new ProgressView(terminal, CONFIG, "runs/one", curve, run);
  view.start(100);
  view.show(PROGRESS);
  view.end();
  expect(read()).toBe(
    "Training my-agent on CartPole-v1, seed 3 from step 100 to 1,000 steps.\n" +
      "250 / 1,000 ( 25 %)  125 steps/s  ETA 0:06  12 episodes  return 31, mean 22.5  best evaluation 40 at 200  loss 0.5\n",
  );
});

test("in a terminal, a picture with a bar, rows of numbers and a curve is drawn over again", () => {
  const { terminal, read } = capturedTerminal(true);
  const view = new ProgressView(terminal, CONFIG, "runs/one", curve, {
    secondsBefore: 60,
    evaluationEnvSteps: 0,
    kept,
  });
  view.start(0);
  view.show(PROGRESS);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  const text = read().replace(/\u001b\[[?\d;]*[A-Za-z]/g, "");
  expect(text).toContain("my-agent on CartPole-v1  seed 3, runs/one");
  expect(text).toMatch(/█+░+ {2}25 % {2}250 \/ 1,000 steps {2}ETA 0:06/);
  expect(text).toContain("elapsed 1:02");
  expect(text).toContain("best evaluation 40 at step 200");
  expect(text).toMatch(/[⠀-⣿]/);
});
