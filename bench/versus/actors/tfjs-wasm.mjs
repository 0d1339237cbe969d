// TensorFlow.js as its guide has it, on the wasm backend: SIMD, in Node one thread.

import "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { modelActor } from "./tfjs-model.mjs";

/** @param policy see policy.mjs */
export async function start({ layers }) {
  await setBackend("wasm");
  return modelActor(layers);
}
