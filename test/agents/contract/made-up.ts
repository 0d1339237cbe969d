// Values of any space, and steps of experience, that depend on a number alone: for callers who own their loop.

import type { ActionValue, Transition } from "../../../src/agent.ts";
import type { Space, SpaceValue } from "../../../src/space.ts";

/** The k-th of a row of values of the space that repeats only after long. */
export function sampleOf(space: Space, k: number): SpaceValue {
  switch (space.kind) {
    case "discrete":
      return space.start + ((k * 7) % space.n);
    case "box":
      return space.low.map((low, i) => Math.fround(low + (space.high[i] - low) * (((k * 13 + i * 29) % 101) / 101)));
    case "multi-discrete":
      return space.nvec.map((n, i) => (k * 7 + i) % n);
    case "multi-binary":
      return Array.from({ length: space.n }, (_, i) => ((k * 3 + i) % 5 < 2 ? 1 : 0));
    case "dict":
      return Object.fromEntries(Object.entries(space.spaces).map(([name, part]) => [name, sampleOf(part, k)]));
  }
}

/** The k-th step of experience, with the action that was chosen for `sampleOf(space, k)`. */
export function transitionOf(space: Space, k: number, action: ActionValue): Transition {
  return {
    observation: sampleOf(space, k),
    action,
    reward: ((k * 5) % 7) - 2,
    nextObservation: sampleOf(space, k + 2),
    terminated: k % 9 === 8,
    truncated: k % 7 === 6,
  };
}
