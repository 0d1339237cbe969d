// TensorFlow.js in the form of its guide, on its backend in plain JavaScript.

import "@tensorflow/tfjs-backend-cpu";
import { setBackend } from "@tensorflow/tfjs-core";
import { modelActor } from "./tfjs-model.mjs";

/** @param policy see policy.mjs */
export async function start({ layers }) {
  await setBackend("cpu");
  return modelActor(layers);
}
