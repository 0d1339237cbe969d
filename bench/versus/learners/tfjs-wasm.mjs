// TensorFlow.js on its wasm backend: SIMD, one thread in Node.

import "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { start as startAnywhere } from "./tfjs.mjs";

/** @param task see bench/agents/update-task.ts */
export async function start(task) {
  await setBackend("wasm");
  return startAnywhere(task);
}
