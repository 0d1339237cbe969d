// Callback that evaluates the greedy policy at regular intervals, in a separate environment with separate seeds, and keeps the
// best policy. The training environment and the agent's random streams stay untouched: the run is the same with or without it.

import type { Callback, Evaluation, RunView } from "../../agent.ts";
import type { Env, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { Storage } from "../../storage.ts";
import { refuseSync, requireStorage, writeBlob } from "./checkpoint.ts";

/** An evaluation and its time in the run. */
export interface EvaluationPoint {
  /** Environment steps of training before the evaluation. */
  readonly envSteps: number;
  /** Result of the evaluation. */
  readonly evaluation: Evaluation;
}

/** Function that is called after every evaluation and may stop the run. See `stopOnScore`. */
export type EvaluationHook = (point: EvaluationPoint, run: RunView) => void | Promise<void>;

/** The policy with the highest mean return so far. */
export interface BestPolicy {
  /** Mean return of the policy in its evaluation. */
  readonly mean: number;
  /** Environment steps of training before that evaluation. */
  readonly envSteps: number;
  /** Policy file for the agent's `load`; undefined when an earlier run found the policy and passed only its mean as `best`. */
  readonly policy: Uint8Array | undefined;
}

/** Options of `EvaluationCallback`. */
export interface EvaluationCallbackOptions {
  /** Function that makes a new environment for each evaluation. The environment is closed afterwards. */
  readonly env: () => Env;
  /** Environment steps of training between two evaluations. */
  readonly everySteps: number;
  /** Number of episodes per evaluation. @defaultValue 20 */
  readonly episodes?: number;
  /** Seed: episode i of every evaluation starts from reset({ seed: seed + i }). @defaultValue 1000000 */
  readonly seed?: number;
  /** Storage for the best policy, which is also kept in memory. @defaultValue none */
  readonly storage?: Storage | undefined;
  /** Name of the best policy in the storage. @defaultValue "best.safetensors" */
  readonly name?: string;
  /** Function that is called after every evaluation. */
  readonly onEvaluation?: EvaluationHook | undefined;
  /** Best policy of the run that this run resumes. A policy replaces it only with an equal or higher mean return. */
  readonly best?: { readonly mean: number; readonly envSteps: number } | undefined;
}

const OPTION_NAMES = ["env", "everySteps", "episodes", "seed", "storage", "name", "onEvaluation", "best"];

/** Callback that evaluates the greedy policy at regular intervals and keeps the best one. */
export class EvaluationCallback implements Callback {
  readonly name = "evaluation";
  readonly everySteps: number;
  /** All evaluations so far. */
  readonly history: EvaluationPoint[] = [];
  /** Policy with the highest mean return so far; the later one of equals. undefined before the first evaluation. */
  best: BestPolicy | undefined;
  /** Number of environment steps of all evaluations. */
  evaluationSteps = 0;
  readonly #makeEnv: () => Env;
  readonly #options: { readonly episodes: number; readonly seed: number };
  readonly #storage: Storage | undefined;
  readonly #blob: string;
  readonly #onEvaluation: EvaluationHook | undefined;

  constructor(options: EvaluationCallbackOptions) {
    const where = "EvaluationCallback";
    rejectUnknownOptions(where, options, OPTION_NAMES);
    const { env, everySteps, episodes = 20, seed = 1_000_000, storage, best } = options;
    if (typeof env !== "function") {
      throw new TypeError(`${where}: env expected a function that makes one, got ${show(env)}. Use () => make(id).`);
    }
    const count = { integer: true, min: 1 };
    this.everySteps = requireNumber(where, "everySteps", everySteps, count, "It counts environment steps.");
    requireNumber(where, "episodes", episodes, count, "Set options.episodes.");
    requireNumber(where, "seed", seed, { integer: true, min: 0 }, "Set options.seed.");
    if (best !== undefined) {
      requireNumber(where, "best.mean", best.mean, {}, "Pass the best of the earlier run.");
      requireNumber(where, "best.envSteps", best.envSteps, { integer: true, min: 0 }, "Pass the best's envSteps.");
      this.best = { mean: best.mean, envSteps: best.envSteps, policy: undefined };
    }
    this.#makeEnv = env;
    this.#options = { episodes, seed };
    this.#storage = storage === undefined ? undefined : requireStorage(where, storage);
    this.#blob = options.name ?? "best.safetensors";
    this.#onEvaluation = options.onEvaluation;
  }

  onStart(run: RunView): void {
    if (this.#storage !== undefined) refuseSync("EvaluationCallback", run);
  }

  onStep(run: RunView): void | Promise<void> {
    const { agent } = run;
    if (!run.isSync) return agent.evaluate(this.#makeEnv, this.#options).then((result) => this.#keep(run, result));
    const result = this.#keep(run, agent.evaluateSync(this.#makeEnv as () => SyncEnv, this.#options));
    if (result !== undefined) return result;
  }

  #keep(run: RunView, evaluation: Evaluation): void | Promise<void> {
    const { envSteps } = run;
    const point: EvaluationPoint = { envSteps, evaluation };
    this.history.push(point);
    this.evaluationSteps += evaluation.envSteps;
    if (this.best !== undefined && !(evaluation.mean >= this.best.mean)) return this.#onEvaluation?.(point, run);
    const policy = run.agent.save({ contents: "policy" });
    this.best = { mean: evaluation.mean, envSteps, policy };
    if (this.#storage === undefined) return this.#onEvaluation?.(point, run);
    const written = writeBlob("EvaluationCallback", this.#storage, this.#blob, policy, envSteps);
    return written.then(() => this.#onEvaluation?.(point, run));
  }
}
