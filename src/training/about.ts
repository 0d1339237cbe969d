// Description of an algorithm, the static `about` of its class. The command line, the demo, the documentation's tables and
// `load` read it.

import type { ActionSpace } from "../experience/action-encoder.ts";
import type { Workplace } from "../workplace.ts";
import type { OptionSchema } from "./options.ts";

/** Description of an algorithm: its name, the spaces that it accepts, its options and its presets. */
export interface About<Options extends object = object, Settings extends object = object>
  extends OptionSchema<Options, Settings> {
  /** Name of the algorithm in files and on the command line, such as "ppo". */
  readonly algorithm: string;
  /** Description in one line, for tables and help texts. */
  readonly summary: string;
  /** Kinds of action spaces that the algorithm can act in. */
  readonly actions: readonly ActionSpace["kind"][];
  /** Kinds of observation spaces that the algorithm accepts. @defaultValue all kinds */
  readonly observations?: readonly string[];
  /** "steps": learns from single steps, as they come or from a replay. "rollouts": learns from whole rollouts. */
  readonly learnsFrom: "steps" | "rollouts";
  /**
   * Returns the number of floating-point operations of one update. `create` chooses a backend by this number.
   * @defaultValue a number too small for a device
   */
  updateFlops?(where: string, workplace: Workplace, settings: Settings): number;
}

/** A class of agents with its description. */
export interface DescribedClass {
  /** Name of the JavaScript class. */
  readonly name: string;
  /** Description of the algorithm. */
  readonly about: About;
}
