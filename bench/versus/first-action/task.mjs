// The task for every runtime: a policy, in each library's own form, and observations. Tasks are sent as JSON; arrays of
// numbers are base64 (policies) or numbers (observations).

/** Times the first action. @param load imports the library's module; the clock starts just before this call */
export async function timeFirstAction(load, task) {
  const { policy, observations } = decodeTask(task);
  const begun = performance.now();
  const { start } = await load();
  const act = await start(policy);
  const first = await act(observations[0]);
  const milliseconds = performance.now() - begun;
  const actions = [first];
  for (const observation of observations.slice(1)) actions.push(await act(observation));
  return { milliseconds, actions };
}

/** Writes a task as JSON data. This function runs in Node only. */
export function encodeTask({ policy: { file, layers }, observations }) {
  return {
    file: toBase64(file),
    layers: layers.map(({ weight, bias, ...sizes }) => ({ ...sizes, weight: toBase64(weight), bias: toBase64(bias) })),
    observations: observations.map((observation) => Array.from(observation)),
  };
}

export function decodeTask({ file, layers, observations }) {
  return {
    policy: {
      file: fromBase64(file),
      layers: layers.map(({ weight, bias, ...sizes }) => ({ ...sizes, weight: floats(weight), bias: floats(bias) })),
    },
    observations: observations.map((observation) => Float32Array.from(observation)),
  };
}

function toBase64({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function floats(text) {
  return new Float32Array(fromBase64(text).buffer);
}
