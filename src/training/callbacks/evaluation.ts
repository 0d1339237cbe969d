// Measures the greedy policy every so often, in an environment of its own and with seeds of its own, and keeps the best.
// Neither the training environment nor any random stream of the agent is touched: the run is the same with or without it.

import type { Callback, Evaluation, RunView } from "../../agent.ts";
import type { Env, SyncEnv } from "../../env.ts";
import { rejectUnknownOptions, requireNumber, show } from "../../errors.ts";
import type { Storage } from "../../storage.ts";
import { refuseSync, requireStorage, writeBlob } from "./checkpoint.ts";

/** An evaluation and when it was made. */
export interface EvaluationPoint {
  /** Environment steps of training so far. */
  readonly envSteps: number;
  readonly evaluation: Evaluation;
}

/** Called after every evaluation; may stop the run. See `stopOnScore`. */
export type EvaluationHook = (point: EvaluationPoint, run: RunView) => void | Promise<void>;

export interface BestPolicy {
  /** Mean return of the evaluation that chose it. */
  readonly mean: number;
  readonly envSteps: number;
  /** A policy file, for the agent's `load`; undefined when it was kept by an earlier call of `learn`. */
  readonly policy: Uint8Array | undefined;
}

export interface EvaluationCallbackOptions {
  /** A new environment for each evaluation; closed afterwards. */
  readonly env: () => Env;
  /** Environment steps of training between two evaluations. */
  readonly everySteps: number;
  /** [20] */
  readonly episodes?: number;
  /** Episode i of every evaluation starts from reset({ seed: seed + i }). [1000000] */
  readonly seed?: number;
  /** Where the best policy is kept beside memory. [nowhere] */
  readonly storage?: Storage | undefined;
  /** [best.safetensors] */
  readonly name?: string;
  readonly onEvaluation?: EvaluationHook | undefined;
  /** The best of the run that this one resumes: only what is as good replaces it. */
  readonly best?: { readonly mean: number; readonly envSteps: number } | undefined;
}

const OPTION_NAMES = ["env", "everySteps", "episodes", "seed", "storage", "name", "onEvaluation", "best"];

export class EvaluationCallback implements Callback {
  readonly name = "evaluation";
  readonly everySteps: number;
  readonly history: EvaluationPoint[] = [];
  /** The policy with the highest mean so far, the later of equals. */
  best: BestPolicy | undefined;
  /** Environment steps that evaluations took. */
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
