import { describe, expect, test } from "vitest";
import { readSpec, type Tuning } from "../../src/experiments/experiment-spec.ts";
import { environmentsAt, searchTrials } from "../../src/experiments/trials.ts";
import { tuningReport } from "../../src/experiments/tuning-report.ts";
import { madeUpOutcome } from "./made-up-runs.ts";
import { problemsOf } from "./well-formed.ts";

const CONTEXT = { command: "bellwether tune t", sessions: [], thresholds: {} };
const SPEC = readSpec("s", {
  ...{ name: "t", question: "Which <one>?", environments: ["A"], steps: 900, seeds: 2, algorithm: "dqn" },
  search: { method: "halving", trials: 4, reduction: 2, minimumSteps: 450 },
  space: {
    learningRate: { type: "logUniform", low: 0.001, high: 1 },
    loss: { type: "choice", values: ["huber", "mse"] },
  },
}) as Tuning;

const search = (fails: boolean) =>
  searchTrials(SPEC, async (arms, share) =>
    environmentsAt(SPEC.environments, share).flatMap((environment) =>
      arms.flatMap((arm) =>
        SPEC.seeds.map((seed) =>
          madeUpOutcome(environment, arm, seed, fails ? "it diverged" : Number(arm.settings.learningRate)),
        ),
      ),
    ),
  );

describe("the report of a search", () => {
  test("is well formed, names the best settings and how to train with them, and lists every trial", async () => {
    const { trials, outcomes } = await search(false);
    const best = trials[0].drawn;
    const arm = { ...trials[0].arm, name: "best" };
    const confirmed = [7, 8].map((seed) => madeUpOutcome(SPEC.environments[0], arm, seed, 3));
    const html = tuningReport(
      SPEC,
      {
        trials,
        best,
        trainCommand: "bellwether train dqn A --set loss=mse",
        confirmation: { arms: [arm], outcomes: confirmed },
        outcomes: [...outcomes, ...confirmed],
      },
      CONTEXT,
    );
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain(`&quot;learningRate&quot;: ${best.learningRate}`);
    expect(html).toContain("<code>bellwether train dqn A --set loss=mse</code>");
    expect(html).toContain("These are 2 seeds that the search never saw");
    for (const trial of trials) expect(html).toContain(`<th scope="row">${trial.arm.name}</th>`);
    // A dot a trial; the choice has no axis.
    expect(html).toContain("log10 of learningRate");
    expect(html.match(/h0(?=[M"])/g)?.length).toBe(trials.length * 2);
    expect(html).toContain("14 of 14 runs finished");
  });

  test("says when every trial failed", async () => {
    const { trials, outcomes } = await search(true);
    const html = tuningReport(SPEC, { trials, best: null, trainCommand: "", confirmation: null, outcomes }, CONTEXT);
    expect(problemsOf(html)).toEqual([]);
    expect(html).toContain("Every trial failed; see below.");
    expect(html).toContain("it diverged");
  });
});
