// Builds an agent from a user's request: a preset, single settings (names may have dots), a number of steps.

import { show } from "../errors.ts";
import type { Algorithm, Hardware, Placed } from "./algorithm.ts";
import type { EnvironmentSource } from "./environment-source.ts";
import { type Assignment, assign, type Settings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

/** The settings that a user asks for. */
export interface AgentRequest {
  readonly seed: number;
  /** Name of a preset; false for no preset, null for the preset of the environment. */
  readonly preset: string | false | null;
  /** Value for `totalSteps`; an assignment to `totalSteps` wins. Undefined for the value of the preset or the algorithm. */
  readonly steps: number | undefined;
  readonly assignments: readonly Assignment[];
}

/**
 * Builds the agent. An assignment to a dotted name changes one part of a setting; the other parts keep the values that they would
 * have without the assignment.
 * @returns the agent, its environment, and the settings that the assignments produced
 * @throws UsageError for an unknown or wrong setting or preset, or an environment that does not fit
 */
export async function createAgent(
  algorithm: Algorithm,
  source: EnvironmentSource,
  request: AgentRequest,
  hardware: Hardware,
): Promise<Placed & { readonly overrides: Settings }> {
  const { seed, preset, steps, assignments } = request;
  if (typeof preset === "string" && Object.keys(algorithm.about.presets ?? {}).length === 0) {
    throw new UsageError(
      `preset expected none, because ${algorithm.about.name} has no presets, got ${show(preset)}. Leave it out.`,
    );
  }
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
