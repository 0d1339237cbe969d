// From a specification to runs: every arm is built once in every environment, so that whatever is wrong with it is said
// before anything runs, and its settings are known to the last default.

import type { Arm, EnvironmentSpec, EvaluationSpec, Metric } from "../experiments/experiment-spec.ts";
import type { PlannedRun } from "../experiments/run-result.ts";
import { createAgent } from "./agent-settings.ts";
import { findAlgorithm } from "./algorithms.ts";
import { makeEnv } from "./environments.ts";
import { type Settings, settingsAssignments } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { libraryVersion } from "./version.ts";

/** What arms have in common. */
export interface PlanContext {
  readonly name: string;
  readonly settings: Settings;
  readonly evaluation: EvaluationSpec;
  readonly metric: Metric;
}

const RESERVED = ["seed", "preset", "backend", "engine"];

/**
 * Environments, then arms, then seeds.
 * @throws UsageError naming the arm and environment that do not fit
 */
export function planRuns(
  context: PlanContext,
  environments: readonly EnvironmentSpec[],
  arms: readonly Arm[],
  seeds: readonly number[],
): PlannedRun[] {
  return environments.flatMap((environment) =>
    arms.flatMap((arm) => {
      const settings = resolveSettings(context, environment, arm);
      return seeds.map((seed): PlannedRun => {
        const { id, options, steps } = environment;
        const { algorithm } = arm;
        const { evaluation } = context;
        const version = libraryVersion();
        return {
          environment,
          arm,
          seed,
          config: { algorithm, env: { id, options }, seed, steps, settings, evaluation, version },
        };
      });
    }),
  );
}

/** Every setting of the arm's agent there: the experiment's, over them the environment's, over them the arm's. */
function resolveSettings(context: PlanContext, environment: EnvironmentSpec, arm: Arm): Settings {
  const where = `${context.name}: ${arm.name} on ${environment.id}`;
  try {
    const assignments = [context.settings, environment.settings, arm.settings].flatMap((settings) =>
      settingsAssignments(where, settings, RESERVED),
    );
    const env = makeEnv(environment);
    const request = { seed: 0, preset: arm.preset, steps: environment.steps, assignments };
    const { agent } = createAgent(findAlgorithm(arm.algorithm), env, request, {});
    // As JSON has it, which is how a result comes back from the disk.
    const { seed: _seed, ...settings } = JSON.parse(JSON.stringify(agent.settings));
    agent.dispose();
    env.close?.();
    return settings;
  } catch (error) {
    if (!(error instanceof UsageError) || error.message.startsWith(where)) throw error;
    throw new UsageError(`${where}: ${error.message}`, { cause: error });
  }
}
