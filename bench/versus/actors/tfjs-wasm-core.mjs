// TensorFlow.js without tfjs-layers, in its smallest form: three fused operations of its wasm backend.

import "@tensorflow/tfjs-backend-wasm";
import { argMax, enableProdMode, fused, setBackend, tensor1d, tensor2d, tidy, transpose } from "@tensorflow/tfjs-core";

/** @param policy as in tfjs-wasm.mjs */
export async function start({ layers }) {
  enableProdMode();
  await setBackend("wasm");
  const dense = layers.map(({ inputs, outputs, weight, bias }, i) => ({
    b: transpose(tensor2d(weight, [outputs, inputs])), // with fused.matMul's own transposeB it chooses other actions
    bias: tensor1d(bias),
    activation: i < layers.length - 1 ? "relu" : "linear",
  }));
  return (observation) =>
    tidy(() => {
      const input = tensor2d(observation, [1, observation.length]);
      const values = dense.reduce((a, layer) => fused.matMul({ a, ...layer }), input);
      return argMax(values, 1).dataSync()[0];
    });
}
