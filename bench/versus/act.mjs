// The measurement of a greedy action for one observation: an array of numbers in, the number of the action out.

export const FOLDER = "actors";
export const LIBRARIES = ["bellwether", "tfjs-wasm", "tfjs-wasm-core", "tfjs-cpu", "onnxruntime-web"];

/** @param task from policy.mjs @returns `run`, which chooses one action, and `answer`, all actions */
export async function open(library, { policy, observations }) {
  const act = await library.start(policy);
  const answer = [];
  for (const observation of observations) answer.push(await act(observation));
  let turn = 0;
  return { run: () => act(observations[turn++ % observations.length]), answer };
}

/** @returns number of compared actions @throws Error when one differs */
export function agree(ours, theirs, _task, library) {
  if (theirs.join("") !== ours.join("")) {
    throw new Error(`act: actions of ${library} expected ${ours.join("")}, got ${theirs.join("")}`);
  }
  return ours.length;
}
