// Turns a specification into runs. Every arm is built once in every environment: mistakes are reported before the first
// run starts, and every setting is known, defaults included.

import type { Arm, EnvironmentSpec, EvaluationSpec, Metric } from "../experiments/experiment-spec.ts";
import type { PlannedRun, RunConfiguration } from "../experiments/run-result.ts";
import { createAgent } from "./agent-settings.ts";
import { findAlgorithm } from "./algorithms.ts";
import { findEnvironment } from "./environments.ts";
import { fingerprints } from "./run-modules.ts";
import { type Settings, settingsAssignments } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { libraryVersion } from "./version.ts";

/** The part of a specification that all arms share. */
export interface PlanContext {
  readonly name: string;
  readonly settings: Settings;
  readonly evaluation: EvaluationSpec;
  readonly metric: Metric;
}

const RESERVED = ["seed", "preset", "backend", "engine"];

/**
 * Plans one run per environment, arm and seed. The runs are ordered by environment, then arm, then seed.
 * @throws UsageError when an arm and an environment do not fit; the message names both
 */
export async function planRuns(
  context: PlanContext,
  specFolder: string,
  environments: readonly EnvironmentSpec[],
  arms: readonly Arm[],
  seeds: readonly number[],
): Promise<PlannedRun[]> {
  const planned: PlannedRun[] = [];
  for (const environment of environments) {
    for (const arm of arms) {
      const resolved = await resolve(context, specFolder, environment, arm);
      const { id, options, steps } = environment;
      const { algorithm } = arm;
      const { evaluation } = context;
      const version = libraryVersion();
      for (const seed of seeds) {
        const config = { algorithm, env: { id, options }, seed, steps, ...resolved, evaluation, version };
        planned.push({ environment, arm, seed, config });
      }
    }
  }
  return planned;
}

/**
 * Returns every setting of the arm's agent in this environment. Settings of the environment override those of the experiment, and
 * settings of the arm override both.
 */
async function resolve(
  context: PlanContext,
  specFolder: string,
  environment: EnvironmentSpec,
  arm: Arm,
): Promise<Pick<RunConfiguration, "settings" | "files">> {
  const where = `${context.name}: ${arm.name} on ${environment.id}`;
  try {
    const assignments = [context.settings, environment.settings, arm.settings].flatMap((settings) =>
      settingsAssignments(where, settings, RESERVED),
    );
    const algorithm = await findAlgorithm(arm.algorithm, specFolder);
    const source = await findEnvironment(environment, specFolder);
    const request = { seed: 0, preset: arm.preset, steps: environment.steps, assignments };
    const { agent, env } = await createAgent(algorithm, source, request, {});
    // Through JSON, so that the settings equal those of a result that is read from the disk.
    const { seed: _seed, ...settings } = JSON.parse(JSON.stringify(agent.settings));
    agent.dispose();
    env.close?.();
    return { settings, ...fingerprints({ [arm.algorithm]: algorithm.module, [environment.id]: source.module }) };
  } catch (error) {
    if (!(error instanceof UsageError) || error.message.startsWith(where)) throw error;
    throw new UsageError(`${where}: ${error.message}`, { cause: error });
  }
}
