// An agent from what a person asked for: preset, settings with dots in their names, planned steps.

import type { Algorithm, Hardware, Placed } from "./algorithm.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { type Assignment, assign, type Settings } from "./settings.ts";

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
export async function createAgent(
  algorithm: Algorithm,
  source: EnvironmentSource,
  request: AgentRequest,
  hardware: Hardware,
): Promise<Placed & { readonly overrides: Settings }> {
  const { seed, preset, steps, assignments } = request;
  const create = (overrides: Settings): Promise<Placed> => {
    const planned = steps === undefined ? {} : { totalSteps: steps };
    const chosen = preset === null ? {} : { preset };
    return algorithm.create(source, { ...planned, ...overrides, seed, ...chosen }, hardware);
  };
  const isDotted = assignments.some(({ path }) => path.length > 1);
  const overrides = assign(assignments, isDotted ? settingsOf(source, await create({})) : {});
  return { ...(await create(overrides)), overrides };
}

function settingsOf(source: EnvironmentSource, { agent, env }: Placed): Settings {
  const { settings } = agent;
  agent.dispose();
  if (!source.isSingle) env.close?.();
  return settings;
}
