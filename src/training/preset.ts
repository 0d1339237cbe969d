// Presets: settings that were measured to work, chosen by name. A preset named like an environment is that environment's
// default.

import { nearestName, show } from "../errors.ts";
import type { Workplace } from "../workplace.ts";

/** Named settings of an algorithm that were measured to work. */
export interface Preset<Options> {
  /** Source of the values: a paper, a codebase, or own tuning. */
  readonly source: string;
  /** Option values of the preset. */
  readonly options: Options;
}

/**
 * Returns the options of the named preset, or of the environment's preset; {} without one.
 * @throws RangeError for an unknown name
 */
export function choosePreset<Options extends object>(
  where: string,
  presets: Readonly<Record<string, Preset<Options>>>,
  workplace: Workplace,
  name: string | false | undefined,
): Partial<Options> {
  if (name === false) return {};
  const id = "step" in workplace ? workplace.spec?.id : undefined;
  const chosen = (name === undefined ? id : name) ?? "";
  if (Object.hasOwn(presets, chosen)) return presets[chosen].options;
  if (name === undefined) return {};
  const names = Object.keys(presets);
  const near = nearestName(String(name), names);
  throw new RangeError(
    `${where}: preset expected ${names.length === 0 ? "none" : `one of ${names.join(", ")}`}, got ${show(name)}. ${near ? `Did you mean ${near}?` : "Choose one, or false for none."}`,
  );
}
