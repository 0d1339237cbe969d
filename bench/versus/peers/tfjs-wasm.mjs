// TensorFlow.js as its guide has it: a model of tfjs-layers on the wasm backend, with the weights given.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { layers, sequential } from "@tensorflow/tfjs-layers";

/** @param policy `{ layers: [{ inputs, outputs, weight, bias }] }`, weight in [out, in] layout, ReLU between layers */
export async function start({ layers: given }) {
  await tf.setBackend("wasm");
  const model = sequential({
    layers: given.map(({ inputs, outputs, weight, bias }, i) => {
      const kernel = tf.transpose(tf.tensor2d(weight, [outputs, inputs]));
      return layers.dense({
        inputShape: [inputs],
        units: outputs,
        ...(i < given.length - 1 ? { activation: "relu" } : {}),
        weights: [kernel, tf.tensor1d(bias)],
        kernelInitializer: "zeros", // replaced by the weights: spares it the drawing of random ones
      });
    }),
  });
  return (observation) =>
    tf.tidy(() => tf.argMax(model.predict(tf.tensor2d(observation, [1, observation.length])), 1).dataSync()[0]);
}
