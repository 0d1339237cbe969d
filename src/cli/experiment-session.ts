// A work session on an experiment. Finished runs are read from the folder, the others go to worker threads. A run counts
// as finished only after its result is on the disk.

import type { WorkSession } from "../experiments/report-parts.ts";
import type { PlannedRun, RunOutcome, RunResult } from "../experiments/run-result.ts";
import type { ExperimentRequest } from "./experiment-command.ts";
import { type ExperimentFolder, resultName } from "./experiment-folder.ts";
import type { ExperimentTask } from "./experiment-run.ts";
import type { ExperimentView } from "./experiment-view.ts";
import type { Settings } from "./settings.ts";
import { PoolClosedError, WorkerPool } from "./worker-pool.ts";

type Ending = { readonly result: RunResult } | { readonly error: string };

export class ExperimentSession {
  readonly #folder: ExperimentFolder;
  readonly #specFolder: string;
  readonly #view: ExperimentView;
  readonly #jobs: number;
  readonly #signal: AbortSignal;
  readonly #pool: WorkerPool;
  /** Result or error of each run by the name of its result file. Runs with the same configuration share one entry. */
  readonly #endings = new Map<string, Promise<Ending>>();
  readonly #begun = performance.now();
  readonly #earlier: readonly WorkSession[];
  #made = 0;
  /** Time at which the last run finished. The session's length ends there, so that it is the same at every read. */
  #madeAt = 0;
  #found = 0;

  constructor(
    { folder, jobs, specFolder }: Pick<ExperimentRequest<unknown>, "folder" | "jobs" | "specFolder">,
    earlier: readonly WorkSession[],
    view: ExperimentView,
    signal: AbortSignal,
  ) {
    this.#folder = folder;
    this.#specFolder = specFolder;
    this.#earlier = earlier;
    this.#view = view;
    this.#jobs = jobs;
    this.#signal = signal;
    this.#pool = new WorkerPool(new URL("./experiment-worker.js", import.meta.url), jobs);
    signal.addEventListener("abort", this.#close);
  }

  /** Number of runs that this session made, and number of runs that it found finished. */
  get counts(): { readonly made: number; readonly found: number } {
    return { made: this.#made, found: this.#found };
  }

  /** The work sessions so far. This session is included if it made a run. */
  get sessions(): readonly WorkSession[] {
    if (this.#made === 0) return this.#earlier;
    const seconds = Number(((this.#madeAt - this.#begun) / 1000).toFixed(3));
    return [...this.#earlier, { jobs: this.#jobs, seconds, runs: this.#made }];
  }

  /**
   * Runs what is not finished yet, and returns one outcome per run, in the same order.
   * @param isLookOnly true to start no run and only read finished results. Default: false.
   * @throws PoolClosedError after an interruption; earlier results are on the disk
   */
  async run(planned: readonly PlannedRun[], isLookOnly: boolean = false): Promise<RunOutcome[]> {
    return Promise.all(
      planned.map(async (run): Promise<RunOutcome> => {
        if (isLookOnly) {
          const result = await this.#folder.findResult(run.config);
          return result === undefined ? { run } : { run, result };
        }
        const key = resultName(run.config);
        const known = this.#endings.get(key);
        const ending = known ?? this.#bring(run);
        this.#endings.set(key, ending);
        const outcome = { run, ...(await ending) };
        if (known !== undefined) this.#count(run);
        return outcome;
      }),
    );
  }

  async writeRecord(spec: Settings): Promise<void> {
    await this.#folder.writeRecord(spec, this.sessions);
  }

  release(): void {
    this.#signal.removeEventListener("abort", this.#close);
    this.#view.close();
  }

  async #bring(run: PlannedRun): Promise<Ending> {
    const found = await this.#folder.findResult(run.config);
    if (found !== undefined) {
      this.#count(run);
      return { result: found };
    }
    const task: ExperimentTask = { config: run.config, specFolder: this.#specFolder };
    try {
      const result = await this.#pool.run<RunResult>(task, {
        onStart: () => this.#view.started(run),
        onProgress: (envSteps: number) => this.#view.progressed(run, envSteps),
      });
      await this.#folder.writeResult(result);
      this.#made++;
      this.#madeAt = performance.now();
      this.#view.finished(run, result);
      return { result };
    } catch (error) {
      if (error instanceof PoolClosedError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      this.#view.failed(run, message);
      return { error: message };
    }
  }

  #count(found: PlannedRun): void {
    this.#found++;
    this.#view.found(found);
  }

  readonly #close = (): void => this.#pool.close();
}
