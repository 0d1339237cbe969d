// TensorFlow.js on its backend in plain JavaScript.

import "@tensorflow/tfjs-backend-cpu";
import { enableProdMode, setBackend } from "@tensorflow/tfjs-core";
import { start as startAnywhere } from "./tfjs.mjs";

/** @param task see bench/agents/update-task.ts */
export async function start(task) {
  enableProdMode();
  await setBackend("cpu");
  return startAnywhere(task);
}
