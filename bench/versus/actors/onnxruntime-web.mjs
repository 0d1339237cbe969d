// ONNX Runtime's WebAssembly build, one thread. The input tensor is made once: this is the fastest form that we found. An
// output tensor that is made once would be even faster, but in 1.30.0 it returns without its numbers.

import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { encodePolicy } from "../onnx-model.mjs";

/** @param policy see policy.mjs */
export async function start({ layers }) {
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(encodePolicy(layers), { executionProviders: ["wasm"] });
  const [{ inputs }, { outputs }] = [layers[0], layers.at(-1)];
  const observed = new Tensor("float32", new Float32Array(inputs), [1, inputs]);
  const feeds = { observation: observed };
  return async (observation) => {
    observed.data.set(observation);
    const { data } = (await session.run(feeds)).values;
    let best = 0;
    for (let action = 1; action < outputs; action++) if (data[action] > data[best]) best = action;
    return best;
  };
}
