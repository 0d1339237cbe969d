// The callbacks of `bellwether train`: logging, evaluations that keep the best policy, checkpoints. They run in this order,
// so that a checkpoint includes the log and the kept policy of its own step.

import type { Callback, RunView } from "../agent.ts";
import type { Env } from "../env.ts";
import type { TrainedAgent } from "./algorithm.ts";
import type { Kept, RunCheckpoint, RunState } from "./run-checkpoint.ts";
import type { RunConfig } from "./run-folder.ts";
import { EPISODE_LENGTH, EPISODE_RETURN, EVALUATION_MEAN, type RunLog } from "./run-log.ts";

/** State that changes during a run and is not part of the agent. */
export interface RunProgress {
  /** Seconds of training in earlier sessions. */
  readonly secondsBefore: number;
  evaluationEnvSteps: number;
  kept: Kept | null;
}

/** Number of records of the algorithm's metrics in a whole run. */
const METRIC_RECORDS = 500;

export function logging(config: RunConfig, log: RunLog, progress: RunProgress): Callback {
  const seconds = (run: RunView): number => progress.secondsBefore + run.seconds;
  return {
    name: "logging",
    everySteps: Math.max(10, Math.floor(config.steps / METRIC_RECORDS)),
    onStart: (run) => log.begin(Object.keys(run.metrics())),
    onEpisodeEnd: (run) => {
      log.log(run.envSteps, seconds(run), { [EPISODE_RETURN]: run.lastReturn, [EPISODE_LENGTH]: run.lastLength });
    },
    onStep: (run) => {
      const known = Object.entries(run.metrics()).filter(([, value]) => !Number.isNaN(value));
      const metrics = Object.fromEntries(known.map(([name, value]) => [`train/${name}`, value]));
      const counts = { "train/episodes": run.episodes, "train/updates": run.updates };
      log.log(run.envSteps, seconds(run), { ...metrics, ...counts });
    },
  };
}

/**
 * Returns a counter. Its `passed` is true when the step count has reached or passed a multiple of `everySteps` since the last
 * call. The count may jump over a multiple, because with n environments it grows by n.
 */
function multiples(everySteps: number): { start(run: RunView): void; passed(run: RunView): boolean } {
  let asked = 0;
  return {
    start: (run) => {
      asked = run.envSteps;
    },
    passed: (run) => {
      const before = asked;
      asked = run.envSteps;
      return Math.floor(asked / everySteps) > Math.floor(before / everySteps);
    },
  };
}

/**
 * Evaluates the policy at intervals and after the last step, with greedy episodes. The policy with the best mean return is kept;
 * among equal ones the latest.
 */
export function keepingBest(
  config: RunConfig,
  makeEnv: () => Promise<Env>,
  log: RunLog,
  checkpoint: RunCheckpoint,
  progress: RunProgress,
): Callback {
  const { everySteps, episodes, seed } = config.evaluation;
  const due = multiples(everySteps);
  return {
    name: "keeping the best policy",
    onStart: due.start,
    onStep: (run) => (due.passed(run) || run.envSteps >= config.steps ? evaluate(run) : undefined),
  };

  async function evaluate(run: RunView): Promise<void> {
    const { agent, envSteps } = run;
    const env = await makeEnv();
    const { mean, std, min, max, envSteps: spent } = await agent.evaluate(() => env, { episodes, seed });
    progress.evaluationEnvSteps += spent;
    if (progress.kept === null || mean >= progress.kept.mean) {
      progress.kept = await checkpoint.keep(agent.save({ contents: "policy" }), mean, envSteps);
    }
    const values = { [EVALUATION_MEAN]: mean, "eval/std": std, "eval/min": min, "eval/max": max };
    log.log(envSteps, progress.secondsBefore + run.seconds, values);
  }
}

/** Saves the run at intervals, after its last step, and when it is interrupted. */
export function checkpointing(
  config: RunConfig,
  agent: TrainedAgent,
  log: RunLog,
  checkpoint: RunCheckpoint,
  progress: RunProgress,
): Callback {
  const save = async (run: RunView): Promise<void> => {
    const { evaluationEnvSteps, kept } = progress;
    const { envSteps } = run;
    const state: RunState = {
      envSteps,
      seconds: progress.secondsBefore + run.seconds,
      evaluationEnvSteps,
      kept,
      logBytes: log.flush(),
    };
    await checkpoint.write(agent, state);
  };
  const due = multiples(config.checkpointEverySteps);
  return {
    name: "checkpointing",
    onStart: due.start,
    onStep: (run) => (due.passed(run) ? save(run) : undefined),
    onEnd: save,
  };
}
