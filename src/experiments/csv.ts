// The numbers of an experiment as comma-separated values (RFC 4180): one file with a line per run, one with a line per point
// of a curve.

import { environmentName } from "./experiment-spec.ts";
import type { RunOutcome } from "./run-result.ts";

/** Writes one line per arm, environment and seed. Failed and missing runs have a line too. */
export function resultsCsv(outcomes: readonly RunOutcome[], factors: readonly string[]): string {
  const header = [
    ...["environment", "arm", "algorithm", ...factors, "seed", "steps", "status"],
    ...["final_mean", "final_std", "final_min", "final_max", "area", "env_steps", "updates", "episodes"],
    ...["evaluation_env_steps", "seconds", "weights_sha256", "error"],
  ];
  const rows = outcomes.map(({ run, result, error }) => {
    const status = result ? "finished" : error === undefined ? "missing" : "failed";
    const { environment, arm, seed, config } = run;
    const place = [environmentName(environment), arm.name, arm.algorithm, ...factors.map((name) => arm.levels[name])];
    const numbers = result
      ? [
          ...[result.final.mean, result.final.std, result.final.min, result.final.max, result.area, result.envSteps],
          ...[result.updates, result.episodes, result.evaluationEnvSteps, result.seconds, result.weightsSha256],
        ]
      : Array.from({ length: 11 }, () => "");
    return [...place, seed, config.steps, status, ...numbers, error ?? ""];
  });
  return csv([header, ...rows]);
}

/** Writes one line per evaluation of each finished run. */
export function curvesCsv(outcomes: readonly RunOutcome[]): string {
  const header = ["environment", "arm", "seed", "step", "evaluation_return", "training_return"];
  const rows = outcomes.flatMap(({ run, result }) =>
    (result?.curveSteps ?? []).map((step, i) => [
      environmentName(run.environment),
      run.arm.name,
      run.seed,
      step,
      digits(result?.evaluationCurve[i]),
      digits(result?.trainingCurve[i]),
    ]),
  );
  return csv([header, ...rows]);
}

/** Rounds to six digits, which is finer than the noise of a return. */
function digits(value: number | null | undefined): number | string {
  return value === null || value === undefined ? "" : Number(value.toPrecision(6));
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
