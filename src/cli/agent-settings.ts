// An agent from what a person asked for: preset, settings with dots in their names, planned steps.

import type { Env } from "../env.ts";
import type { Algorithm, Hardware, TrainedAgent } from "./algorithms.ts";
import { type Assignment, assign, type Settings } from "./settings.ts";
import { asUsage } from "./usage-error.ts";

export interface AgentRequest {
  readonly seed: number;
  /** A preset's name, false for none, null for the environment's own. */
  readonly preset: string | false | null;
  /** `totalSteps`, unless a setting says otherwise; undefined leaves it to preset and algorithm. */
  readonly steps: number | undefined;
  readonly assignments: readonly Assignment[];
}

/**
 * Dotted names change parts of the settings that would hold without them.
 * @returns the agent, and the settings that the assignments came to
 * @throws UsageError for an unknown or wrong setting or preset, or an environment that does not fit
 */
export function createAgent(
  algorithm: Algorithm,
  env: Env,
  request: AgentRequest,
  hardware: Hardware,
): { readonly agent: TrainedAgent; readonly overrides: Settings } {
  const { seed, preset, steps, assignments } = request;
  const create = (overrides: Settings): TrainedAgent =>
    asUsage(() =>
      algorithm.create(
        env,
        {
          ...(steps !== undefined && { totalSteps: steps }),
          ...overrides,
          seed,
          ...(preset !== null && { preset }),
        },
        hardware,
      ),
    );
  const overrides = assign(assignments, assignments.some(({ path }) => path.length > 1) ? settingsOf(create({})) : {});
  return { agent: create(overrides), overrides };
}

function settingsOf(agent: TrainedAgent): Settings {
  const { settings } = agent;
  agent.dispose();
  return settings;
}
