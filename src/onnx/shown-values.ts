// Shapes of a model's observations and actions. They are those of the batches in Gymnasium's vector environments.

import type { Space } from "../space.ts";

/** Returns how many numbers one value of the space has: 1 for Discrete, the sum over all parts for Dict. */
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

/** Returns the shape of one value: the shape of a Box, [] for Discrete, [numbers] for every other space. */
export function shownShape(space: Space): readonly number[] {
  if (space.kind === "discrete") return [];
  return space.kind === "box" ? space.shape : [shownSize(space)];
}

/** Returns the space as JSON. Equal bounds become one number. Infinite bounds become texts, because JSON has no infinity. */
export function spaceText(space: Space): string {
  return JSON.stringify(space, (key, value: unknown) => {
    const areBounds = (key === "low" || key === "high") && Array.isArray(value);
    const told: unknown = areBounds && value.every((bound) => bound === value[0]) ? value[0] : value;
    return typeof told === "number" && !Number.isFinite(told) ? String(told) : told;
  });
}
