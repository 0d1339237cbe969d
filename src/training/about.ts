// What an algorithm's class says of itself: the command line, the demo, the documentation's tables and `load` read it.

import type { ActionSpace } from "../experience/action-encoder.ts";
import type { Workplace } from "../workplace.ts";
import type { OptionSchema } from "./options.ts";

export interface About<Options extends object = object, Settings extends object = object>
  extends OptionSchema<Options, Settings> {
  /** In files and on the command line: "ppo". */
  readonly algorithm: string;
  /** One line for tables and help. */
  readonly summary: string;
  /** Kinds of actions that it can choose. */
  readonly actions: readonly ActionSpace["kind"][];
  /** Kinds of observations that it can see. [all] */
  readonly observations?: readonly string[];
  /** "steps": from each as it comes or from a replay; "rollouts": from whole rounds of its own. */
  readonly learnsFrom: "steps" | "rollouts";
  /** Whether it can learn on a device: its updates read no numbers. [false] */
  readonly learnsOnDevices?: boolean;
  /** Floating-point operations of one update, by which `create` chooses a backend. [too few for a device] */
  updateFlops?(where: string, workplace: Workplace, settings: Settings): number;
}

/** A class of agents. */
export interface DescribedClass {
  readonly name: string;
  readonly about: About;
}
