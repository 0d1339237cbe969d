// The `load` of agents that learn from rollouts: settings and sizes are checked before anything is planned.

import type { BackendChoice } from "../backends/select.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { CheckpointError, rejectUnknownOptions } from "../errors.ts";
import { type Checkpoint, damaged } from "../formats/checkpoint.ts";
import type { Parameters } from "../operations/handles.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { requireParameterTensors } from "./parameter-tensors.ts";
import { type RolloutOptions, type RolloutVariant, readRolloutSettings, type SettingsOf } from "./rollout-options.ts";
import type { Workplace } from "./trainable-agent.ts";

export interface LoadOptions {
  /** The environment to go on in, or as many stepped together as the run had; without it the agent acts and observes. */
  readonly env?: Workplace;
  readonly backend?: BackendChoice;
  readonly engine?: EngineBinary;
}

/**
 * The `load` of an algorithm that learns from rollouts.
 * @param specs of all its networks, prefixes included, by which sizes are checked against the file before anything is
 *   planned: a hostile file must not decide what is allocated
 * @param create calls the algorithm's constructor
 */
export function openRollout<Options extends RolloutOptions, Loaded extends { restore(checkpoint: Checkpoint): void }>(
  variant: RolloutVariant<Options>,
  bytes: Uint8Array,
  options: LoadOptions,
  specs: (workplace: Workplace, settings: SettingsOf<Options>) => Parameters["specs"],
  create: (workplace: Workplace, options: Options, isPolicy: boolean) => Loaded,
): Loaded {
  const where = `${variant.name}.load`;
  rejectUnknownOptions(where, options, ["env", "backend", "engine"]);
  const { checkpoint, workplace, settings: saved } = openCheckpoint(where, variant.algorithm, bytes, options.env);
  const isPolicy = checkpoint.contents === "policy";
  let settings: SettingsOf<Options>;
  try {
    // What it runs on is the caller's business: an engine in a file would be code.
    rejectUnknownOptions(variant.name, saved, Object.keys(variant.defaults));
    const { observationSpace, actionSpace } = workplace;
    const given = { ...saved, preset: false } as unknown as Options;
    settings = readRolloutSettings(variant, { observationSpace, actionSpace }, given);
    requireParameterTensors(checkpoint, specs(workplace, settings));
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw damaged("settings", "valid options", (error as Error).message);
  }
  if ("step" in workplace) {
    const { environments: _saved, ...others } = settings;
    const { environments } = readRolloutSettings(variant, workplace, {
      ...others,
      preset: false,
    } as unknown as Options);
    if (!isPolicy && environments !== settings.environments) {
      throw new CheckpointError(
        `${where}: environments expected ${settings.environments} as the run was saved, got ${environments}. Pass ${settings.environments === 1 ? "a single environment" : `a vector environment of ${settings.environments}`}.`,
      );
    }
    settings = { ...settings, environments };
  }
  const { backend, engine } = options;
  let agent: Loaded;
  try {
    const given = {
      ...settings,
      preset: false,
      ...(backend === undefined ? {} : { backend }),
      ...(engine === undefined ? {} : { engine }),
    } as unknown as Options;
    agent = create(workplace, given, isPolicy);
  } catch (error) {
    // The settings are valid, so what is left is a rollout that no memory can hold; or the caller's environment or engine.
    if (error instanceof RangeError && backend === undefined && options.env === undefined)
      throw damaged("settings", "a plan that fits", error.message);
    throw error;
  }
  agent.restore(checkpoint);
  return agent;
}
