// A module that stays as it is: its weights stand elsewhere, in a block that nothing trains, so that optimizer, gradient norm
// and files know nothing of them. Gradients pass through to its input where somebody needs them.

import type { Module, Network, Weights } from "./module.ts";

/** @param weights where the module's arrays stand, trained and kept */
export function frozen(module: Module, weights: Weights): Module {
  const { inputs, outputs, places } = module;
  const self: Module = {
    inputs,
    outputs,
    places,
    specs: [],
    kept: [],
    initialize: () => {},
    on: (backend, at): Network => {
      const network = module.on(backend, weights);
      return {
        module: self,
        weights: at,
        plan: (site) => network.plan({ ...site, gradients: null }),
        ...(network.resample && { resample: (stream) => network.resample?.(stream) }),
        ...(network.withoutNoise && { withoutNoise: () => network.withoutNoise?.() }),
      };
    },
    map: (change) => change(self),
    describe: (graph, input, backend) => module.describe(graph, input, backend, weights),
  };
  return self;
}
