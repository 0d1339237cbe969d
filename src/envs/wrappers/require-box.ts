// The check of wrappers that calculate with observations: they need arrays of numbers.

import { show } from "../../errors.ts";
import type { Box, Space } from "../../space.ts";

/** Returns the observation space. @throws TypeError unless it is a Box */
export function requireBoxObservation(where: string, env: { readonly observationSpace: Space }): Box {
  const space = env.observationSpace;
  if (space.kind !== "box") {
    throw new TypeError(
      `${where}: observationSpace expected a box, got ${show(space.kind)}. Discrete observations reach a network one-hot as they are.`,
    );
  }
  return space;
}
