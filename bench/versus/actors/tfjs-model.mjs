// A policy in the form of TensorFlow.js's guide: a model of tfjs-layers with given weights, on the current backend.

import { argMax, enableProdMode, tensor1d, tensor2d, tidy, transpose } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";

/** @param given `[{ inputs, outputs, weight, bias }]`, weight in [out, in] layout, ReLU between layers */
export function modelActor(given) {
  enableProdMode();
  const model = sequential({
    layers: given.map(({ inputs, outputs, weight, bias }, i) => {
      const kernel = transpose(tensor2d(weight, [outputs, inputs]));
      return layers.dense({
        inputShape: [inputs],
        units: outputs,
        ...(i < given.length - 1 ? { activation: "relu" } : {}),
        weights: [kernel, tensor1d(bias)],
        kernelInitializer: "zeros", // the given weights replace them, so no random weights need to be drawn
      });
    }),
  });
  return (observation) =>
    tidy(() => argMax(model.predict(tensor2d(observation, [1, observation.length])), 1).dataSync()[0]);
}
