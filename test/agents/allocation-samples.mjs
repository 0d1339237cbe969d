// What agents are shown while their allocations are measured: observations of four numbers, one and four environments.

export const ENVIRONMENTS = 4;
const NUMBERS = 4 * ENVIRONMENTS;

/** A transition that callers change in place. @param action as its environment takes it */
export function transitionOf(action) {
  return {
    observation: Float32Array.of(0.1, 0.2, 0.3, 0.4),
    action,
    reward: 1.5,
    nextObservation: Float32Array.of(0.2, 0.3, 0.4, 0.5),
    terminated: false,
    truncated: false,
  };
}

/** Observations of all environments, and what a step of them gives: changed in place too. */
export const observations = new Float32Array(NUMBERS).fill(0.1);
export const result = {
  observation: new Float32Array(NUMBERS).fill(0.2),
  finalObservation: new Float32Array(NUMBERS).fill(0.3),
  reward: new Float64Array(ENVIRONMENTS),
  terminated: new Uint8Array(ENVIRONMENTS),
  truncated: new Uint8Array(ENVIRONMENTS),
  info: [],
};
