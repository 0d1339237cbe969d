// The measurement of one update of DQN: a batch sampled from replay, forward passes of target and online network, Huber loss
// of the temporal difference, backward pass, Adam, Polyak averaging of the target network.

export const FOLDER = "learners";
export const LIBRARIES = ["bellwether", "bellwether-relaxed", "tfjs-wasm", "tfjs-cpu", "jax-js-wasm"];

/**
 * Largest allowed difference from Bellwether after one update of the same weights, moments and batch, as a share of the change
 * that the update makes. Another order of summation, fused multiply-adds and the rounding of small steps to float32 cause up
 * to 1e-4 (measured). A different loss, decay, bias correction or target causes 0.1 and more.
 */
export const TOLERANCE = 1e-3;

/**
 * Opens a library for the measurement.
 * @param library its `start` returns `update(batch)`, `learn()` (an update with a batch that the library samples itself), and
 *   `state()`
 * @param task see bench/agents/update-task.ts
 * @returns `run`, which makes one update, and `answer`, the state after an update with the task's batch
 */
export async function open(library, task) {
  const learner = await library.start(task);
  await learner.update(task.batch);
  return { run: () => learner.learn(), answer: await learner.state() };
}

/** @returns the largest difference as a share of the change @throws Error when the share is above TOLERANCE */
export function agree(ours, theirs, { state }, library) {
  let largest = 0;
  for (const block of Object.keys(state)) {
    const difference = distance(theirs[block], ours[block]) / distance(ours[block], state[block]);
    if (!(difference <= TOLERANCE)) {
      throw new Error(
        `update: ${block} of ${library} expected within ${TOLERANCE} of the change that ours makes, got ${difference}`,
      );
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Returns the Euclidean distance over all arrays of two lists; NaN when the first list lacks numbers. */
function distance(a, b) {
  let sum = 0;
  for (const [i, values] of b.entries()) {
    for (let k = 0; k < values.length; k++) sum += ((a[i]?.[k] ?? Number.NaN) - values[k]) ** 2;
  }
  return Math.sqrt(sum);
}
