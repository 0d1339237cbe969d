import { expect, test } from "vitest";
import { ExperimentView } from "../../src/cli/experiment-view.ts";
import type { PlannedRun, RunResult } from "../../src/experiments/run-result.ts";
import { capturedTerminal } from "./captured-terminal.ts";

const run = (name: string, seed: number): PlannedRun =>
  ({ environment: { id: "CartPole-v1", options: {} }, arm: { name }, seed, config: { steps: 100 } }) as PlannedRun;
const result = { final: { mean: 42 }, area: 7, seconds: 1.5 } as RunResult;

test("where there is no terminal, every run that ends is a line; those that were found are not", () => {
  const { terminal, read } = capturedTerminal();
  const view = new ExperimentView(terminal, "small", "final", { runs: 12, steps: 1200 });
  view.found(run("a", 0));
  view.started(run("a", 1));
  view.finished(run("a", 1), result);
  view.failed(run("b", 0), "two\n lines");
  view.close();
  expect(read().replace(/ETA .*/g, "ETA")).toBe(
    "[ 2/12] CartPole-v1  a  seed 1: 42  (1.5 s)  ETA\n[ 3/12] CartPole-v1  b  seed 0: failed: two lines  ETA\n",
  );
});

test("in a terminal, a bar counts steps, and every run that goes on has a line", () => {
  const { terminal, read } = capturedTerminal(true);
  const view = new ExperimentView(terminal, "small", "area", { runs: 4, steps: 400 });
  const [one, two] = [run("a", 1), run("b", 1)];
  view.started(one);
  view.started(two);
  view.progressed(two, 50);
  view.finished(one, result);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  const text = read().replace(/\u001b\[[?\d;]*[A-Za-z]/g, "");
  const last = text.slice(text.lastIndexOf("small"));
  expect(last).toMatch(/37 % {2}1 \/ 4 runs/);
  expect(last).toContain(" 50 %  CartPole-v1  b  seed 1");
  expect(last).not.toContain("CartPole-v1  a");
});

test("nothing is shown where there is nobody to show it to", () => {
  const view = new ExperimentView(undefined, "small", "final", { runs: 1, steps: 100 });
  view.started(run("a", 0));
  view.finished(run("a", 0), result);
  view.close();
});
