// Shows the progress of an experiment. In a terminal: one bar for all runs and one line per current run, redrawn in place.
// In a file or pipe: one line per run that ends.

import { environmentName, type Metric } from "../experiments/experiment-spec.ts";
import { type PlannedRun, type RunResult, scoreOf } from "../experiments/run-result.ts";
import { clock, duration, grouped, short } from "./number-text.ts";
import type { Terminal } from "./terminal.ts";

const DRAW_INTERVAL_MS = 200;
const BAR_WIDTH = 30;

export interface Workload {
  readonly runs: number;
  /** Environment steps of all runs together. */
  readonly steps: number;
}

export class ExperimentView {
  readonly #terminal: Terminal | undefined;
  readonly #title: string;
  readonly #metric: Metric;
  readonly #total: Workload;
  readonly #begun = performance.now();
  readonly #going = new Map<PlannedRun, number>();
  #ended = 0;
  #endedSteps = 0;
  #foundSteps = 0;
  #failed = 0;
  #drawnAt = 0;

  /** @param terminal stream to draw on; undefined to show nothing */
  constructor(terminal: Terminal | undefined, title: string, metric: Metric, total: Workload) {
    this.#terminal = terminal;
    this.#title = title;
    this.#metric = metric;
    this.#total = total;
  }

  started(run: PlannedRun): void {
    this.#going.set(run, 0);
    this.#draw(false);
  }

  progressed(run: PlannedRun, envSteps: number): void {
    this.#going.set(run, envSteps);
    this.#draw(false);
  }

  /** Counts a run whose result was in the folder already. */
  found(run: PlannedRun): void {
    this.#ended++;
    this.#foundSteps += run.config.steps;
  }

  finished(run: PlannedRun, result: RunResult): void {
    this.#end(run, `${short(scoreOf(result, this.#metric))}  (${duration(result.seconds)})`);
  }

  failed(run: PlannedRun, error: string): void {
    this.#failed++;
    this.#end(run, `failed: ${error.replace(/\s*\n\s*/g, " ")}`);
  }

  /** Clears the last picture. */
  close(): void {
    this.#terminal?.settle(false);
  }

  #end(run: PlannedRun, outcome: string): void {
    this.#going.delete(run);
    this.#ended++;
    this.#endedSteps += run.config.steps;
    if (this.#terminal === undefined) return;
    if (this.#terminal.isLive) {
      this.#draw(true);
      return;
    }
    const width = String(this.#total.runs).length;
    const place = `[${String(this.#ended).padStart(width)}/${this.#total.runs}]`;
    this.#terminal.print(`${place} ${nameOf(run)}: ${outcome}  ETA ${clock(this.#etaSeconds())}`);
  }

  #draw(isDue: boolean): void {
    const terminal = this.#terminal;
    if (terminal === undefined || !terminal.isLive) return;
    const now = performance.now();
    if (!isDue && now - this.#drawnAt < DRAW_INTERVAL_MS) return;
    this.#drawnAt = now;
    const done = this.#doneSteps() + this.#foundSteps;
    const share = this.#total.steps === 0 ? 1 : Math.min(1, done / this.#total.steps);
    const filled = Math.floor(share * BAR_WIDTH);
    const bar = terminal.style("█".repeat(filled), "green") + terminal.style("░".repeat(BAR_WIDTH - filled), "dim");
    const elapsed = clock((now - this.#begun) / 1000);
    const failed = this.#failed === 0 ? "" : terminal.style(`  ${this.#failed} failed`, "yellow");
    terminal.draw([
      terminal.style(this.#title, "bold"),
      `  ${bar} ${Math.floor(share * 100)} %  ${grouped(this.#ended)} / ${grouped(this.#total.runs)} runs${failed}  elapsed ${elapsed}  ETA ${clock(this.#etaSeconds())}`,
      ...[...this.#going].map(([run, steps]) => {
        const percent = String(Math.floor((steps / run.config.steps) * 100)).padStart(3);
        return `  ${terminal.style(`${percent} %`, "dim")}  ${nameOf(run)}`;
      }),
    ]);
  }

  #doneSteps(): number {
    return [...this.#going.values()].reduce((sum, steps) => sum + steps, this.#endedSteps);
  }

  /** Returns the remaining time at the speed so far. A step counts the same in every run. */
  #etaSeconds(): number {
    const done = this.#doneSteps();
    const left = Math.max(0, this.#total.steps - this.#foundSteps - done);
    return left === 0 ? 0 : ((performance.now() - this.#begun) / 1000) * (left / done);
  }
}

function nameOf({ environment, arm, seed }: PlannedRun): string {
  return `${environmentName(environment)}  ${arm.name}  seed ${seed}`;
}
