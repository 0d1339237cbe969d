// How the constructor of an agent begins: with a context on the backends that its algorithm can learn on. There are two functions, so
// that a bundle of agents that learn values does not carry the operations of policies.

import { createHostBackends, createValueBackends } from "../backends/select.ts";
import type { Encoder } from "../experience/observation-encoder.ts";
import type { Space } from "../space.ts";
import type { Workplace } from "../workplace.ts";
import type { DescribedClass } from "./about.ts";
import { type AgentContext, openOn } from "./context.ts";
import type { RunSettings } from "./run-options.ts";

/** Makes the encoder of observations. */
export type CreateEncoder<Settings> = (where: string, space: Space, settings: Settings) => Encoder;

/**
 * Opens the context of an agent that learns on the backend it acts on, with all operations.
 * @param agentClass `new.target` of the constructor, so that a subclass is opened as itself
 * @param createEncoder makes the encoder of observations. Default: numbers for networks, rescaled if the settings say so.
 * @throws TypeError or RangeError when an option is unknown or out of range, or does not fit the spaces
 * @throws UnsupportedError for a backend on a device
 */
export function open<Settings extends RunSettings>(
  agentClass: DescribedClass,
  workplace: Workplace,
  options: object,
  createEncoder?: CreateEncoder<Settings>,
): AgentContext<Settings> {
  return openOn(createHostBackends, agentClass, workplace, options, createEncoder);
}

/**
 * As `open`, for an algorithm that learns values from a replay and can do so on a device: its updates read no numbers back from there.
 * The default backend has all operations but those of policies and rollouts.
 */
export function openOnDevices<Settings extends RunSettings>(
  agentClass: DescribedClass,
  workplace: Workplace,
  options: object,
): AgentContext<Settings> {
  return openOn(createValueBackends, agentClass, workplace, options);
}
