// Prints the end of a run: its score, its folder, and the next commands to try.

import { EVALUATION_STEP_LIMIT } from "./environments.ts";
import { duration, grouped, short, spread } from "./number-text.ts";
import type { PlannedRun } from "./planned-run.ts";
import { shownPath } from "./run-folder.ts";
import { invocation, type Terminal } from "./terminal.ts";

/** Returns of one policy in greedy episodes. */
export interface PolicyScore {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly episodes: number;
  /** Environment step of training at which the policy was saved. */
  readonly step: number;
}

/** Contents of result.json, and of the line that --json prints. */
export interface TrainResult {
  readonly algorithm: string;
  readonly env: string;
  readonly seed: number;
  readonly envSteps: number;
  readonly updates: number;
  readonly episodes: number;
  /** Seconds of training in all sessions together, including the evaluations during training. */
  readonly seconds: number;
  /** Score of the policy that is the result of the run: the kept policy, or the final one where none was kept. */
  readonly evaluation: Pick<PolicyScore, "mean" | "std" | "min" | "episodes">;
  /** The policy that `evaluation` scores. */
  readonly policy: "kept" | "final";
  /** SHA-256 of the weights after the last step. */
  readonly weightsSha256: string;
  readonly final: PolicyScore;
  /** Score of the kept policy; null where none was kept. `choosingMean` is the mean return in the evaluation that chose it. */
  readonly kept: (PolicyScore & { readonly choosingMean: number }) | null;
  /** Environment steps of the evaluations that chose the kept policy. */
  readonly evaluationEnvSteps: number;
  readonly folder: string;
}

export function reportResult(terminal: Terminal, plan: PlannedRun, result: TrainResult): void {
  const { final, kept, seconds } = result;
  const { env, folder } = plan;
  const path = shownPath(folder.path);
  const threshold = env.spec?.rewardThreshold;
  const limited = env.spec?.maxEpisodeSteps === undefined ? `, cut after ${grouped(EVALUATION_STEP_LIMIT)} steps` : "";
  const bold = (text: string): string => terminal.style(text, "bold");
  terminal.print("");
  terminal.print(
    `Trained ${result.algorithm} on ${result.env}: ${grouped(result.envSteps)} steps, ` +
      `${grouped(result.episodes)} episodes, ${grouped(result.updates)} updates in ${duration(seconds)}.`,
  );
  terminal.print("");
  terminal.print(`${grouped(final.episodes)} greedy episodes on fresh seeds${limited}:`);
  const rows: [string, PolicyScore, string][] = [];
  if (kept !== null) rows.push([`kept, from step ${grouped(kept.step)}`, kept, "best.safetensors"]);
  rows.push([`final, from step ${grouped(final.step)}`, final, "checkpoint.safetensors"]);
  const width = Math.max(...rows.map(([name]) => name.length));
  rows.forEach(([name, { mean, std, min }, file], i) => {
    const text = `  ${name.padEnd(width)}   return ${short(mean).padStart(6)} ± ${spread(std).padEnd(6)} lowest ${short(min).padEnd(6)} `;
    terminal.print(i === 0 ? `${bold(text)} ${file}, the result` : `${text} ${file}`);
  });
  if (threshold !== undefined) {
    const solved = result.evaluation.mean >= threshold;
    const verdict = solved ? terminal.style("Solved", "green", "bold") : terminal.style("Not solved", "yellow", "bold");
    terminal.print(`${verdict}: a mean return of at least ${short(threshold)} counts as solved.`);
  }
  terminal.print("");
  terminal.print(`Weights  sha256 ${result.weightsSha256}`);
  terminal.print(`Folder   ${path}  (${["result.json", "curve.svg", "log.csv"].join(", ")} ...)`);
  printNextSteps(terminal, path);
}

export function reportFinished(terminal: Terminal, path: string, result: Readonly<Record<string, unknown>>): void {
  const evaluation = result.evaluation as TrainResult["evaluation"] | undefined;
  const score = evaluation ? ` with a mean return of ${short(evaluation.mean)}` : "";
  terminal.print(`${path}: the run is finished${score}. There is nothing to resume.`);
  printNextSteps(terminal, path);
}

export function reportInterrupted(terminal: Terminal, plan: PlannedRun, envSteps: number): void {
  const path = shownPath(plan.folder.path);
  terminal.print("");
  terminal.print(`Stopped at step ${grouped(envSteps)} of ${grouped(plan.config.steps)}; the checkpoint is written.`);
  terminal.print(`To go on:  ${invocation()} train --resume ${quoted(path)}`);
}

function printNextSteps(terminal: Terminal, path: string): void {
  const command = invocation();
  terminal.print("");
  terminal.print(`Watch it:        ${command} play ${quoted(path)}`);
  terminal.print(`As an animation: ${command} play ${quoted(path)} --svg play.svg`);
  terminal.print(`Evaluate it:     ${command} evaluate ${quoted(path)} --episodes 1000`);
  terminal.print(`Compare runs:    ${command} plot ${quoted(path)} OTHER-RUN ...`);
}

export function quoted(path: string): string {
  return /^[\w./@:+=-]+$/.test(path) ? path : `"${path}"`;
}
