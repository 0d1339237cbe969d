// One update of DQN: a batch sampled from replay, target network and online network forward, Huber loss of the temporal
// difference, backward, Adam, Polyak averaging of the target network.

export const FOLDER = "learners";
export const LIBRARIES = ["bellwether", "bellwether-relaxed", "tfjs-wasm", "tfjs-cpu", "jax-js-wasm"];

/**
 * Most that a library may differ from ours after one update of the same weights, moments and batch, as a share of what
 * the update changed. Sums in another order, fused multiply-adds and the rounding of small steps to float32 make up to
 * 1e-4 (measured); another loss, decay, bias correction or target makes 0.1 and more.
 */
export const TOLERANCE = 1e-3;

/**
 * @param library its `start` returns `update(batch)`, `learn()`, an update with a batch that it samples itself, and
 *   `state()`
 * @param task see bench/agents/update-task.ts
 * @returns `run`, one update, and as `answer` the state after an update with the task's batch
 */
export async function open(library, task) {
  const learner = await library.start(task);
  await learner.update(task.batch);
  return { run: () => learner.learn(), answer: await learner.state() };
}

/** @returns the largest difference as a share of what changed @throws Error when it is above TOLERANCE */
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

/** Euclidean, over all arrays of two lists; NaN where the first lacks numbers. */
function distance(a, b) {
  let sum = 0;
  for (const [i, values] of b.entries()) {
    for (let k = 0; k < values.length; k++) sum += ((a[i]?.[k] ?? Number.NaN) - values[k]) ** 2;
  }
  return Math.sqrt(sum);
}
