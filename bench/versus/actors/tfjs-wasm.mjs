// TensorFlow.js in the form of its guide, on the wasm backend: SIMD, one thread in Node.

import "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { modelActor } from "./tfjs-model.mjs";

/** @param policy see policy.mjs */
export async function start({ layers }) {
  await setBackend("wasm");
  return modelActor(layers);
}
