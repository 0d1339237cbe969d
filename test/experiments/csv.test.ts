import { describe, expect, test } from "vitest";
import { curvesCsv, resultsCsv } from "../../src/experiments/csv.ts";
import { type Comparison, readSpec } from "../../src/experiments/experiment-spec.ts";
import { madeUpOutcome } from "./made-up-runs.ts";

const { arms, environments, factors } = readSpec("s", {
  ...{ name: "c", question: "?", environments: ["A"], steps: 20, algorithm: "dqn" },
  grid: { tau: { 'say "hi", all': { tau: 1 } } },
}) as Comparison;
const outcomes = [8, "it\nbroke", undefined].map((score, seed) => madeUpOutcome(environments[0], arms[0], seed, score));
const HEAD = 'A,"tau say ""hi"", all"';

describe("the results", () => {
  test("have a line for each run, what failed and what is missing too", () => {
    const text = resultsCsv(outcomes, factors);
    expect(text.split("\n")[0]).toBe(
      "environment,arm,algorithm,tau,seed,steps,status,final_mean,final_std,final_min,final_max,area,env_steps,updates," +
        "episodes,evaluation_env_steps,seconds,weights_sha256,error",
    );
    const place = `${HEAD},dqn,"say ""hi"", all"`;
    expect(text).toContain(`\n${place},0,20,finished,8,1,7,9,4,20,1234,7,50,2.5,${"ab".repeat(32)},\n`);
    expect(text).toContain(`\n${place},1,20,failed,,,,,,,,,,,,"it\nbroke"\n`);
    expect(text.endsWith(`\n${place},2,20,missing,,,,,,,,,,,,\n`)).toBe(true);
  });
});

test("the curves have a line for each evaluation, empty where no training episode ended", () => {
  expect(curvesCsv(outcomes)).toBe(
    "environment,arm,seed,step,evaluation_return,training_return\n" +
      `${HEAD},0,0,0,\n${HEAD},0,10,4,2\n${HEAD},0,20,8,2.66667\n`,
  );
});
