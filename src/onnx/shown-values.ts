// Values as environments show and take them, in batches: the shapes of a model's observations and actions, as Gymnasium's vector
// environments have them.

import type { Space } from "../space.ts";

/** Numbers of a value: one for Discrete, the parts of a Dict one after the other. */
export function shownSize(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return 1;
    case "multi-discrete":
      return space.nvec.length;
    case "multi-binary":
      return space.n;
    case "box":
      return space.low.length;
    case "dict":
      return Object.values(space.spaces).reduce((sum, part) => sum + shownSize(part), 0);
  }
}

/** The shape of one value: that of a Box, none of a Discrete, a row of numbers of all others. */
export function shownShape(space: Space): readonly number[] {
  if (space.kind === "discrete") return [];
  return space.kind === "box" ? space.shape : [shownSize(space)];
}

/** The space as JSON. Bounds that are all the same are one number; JSON has no infinities: they are texts. */
export function spaceText(space: Space): string {
  return JSON.stringify(space, (key, value: unknown) => {
    const areBounds = (key === "low" || key === "high") && Array.isArray(value);
    const told: unknown = areBounds && value.every((bound) => bound === value[0]) ? value[0] : value;
    return typeof told === "number" && !Number.isFinite(told) ? String(told) : told;
  });
}
