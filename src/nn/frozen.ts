// A module that stays as it is: its weights stand elsewhere, in a block that nothing trains, so that optimizer, gradient norm
// and files know nothing of them. Gradients pass through to its input where somebody needs them.

import type { Backend } from "../backend.ts";
import type { Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

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
        plan: (site) => planFrozen(backend, network, weights, site),
        ...(network.resample && { resample: (stream) => network.resample?.(stream) }),
        ...(network.withoutNoise && { withoutNoise: () => network.withoutNoise?.() }),
      };
    },
    map: (change) => change(self),
    describe: (graph, input, backend) => module.describe(graph, input, backend, weights),
  };
  return self;
}

function planFrozen(backend: Backend, network: Network, weights: Weights, site: Site): Pass {
  const pass = network.plan({ ...site, gradients: null });
  const tangent = pass.tangent?.bind(pass);
  if (tangent !== undefined) pass.tangent = (moved) => planTangent(backend, weights, tangent, moved);
  return pass;
}

/** Its weights lie in a block of their own, along which nothing moves: the input's part alone. */
function planTangent(
  backend: Backend,
  { block }: Weights,
  tangent: (site: TangentSite) => Tangent,
  site: TangentSite,
): Tangent {
  const [direction, linear] = [backend.parameters(block.specs), backend.parameters(block.specs)];
  const inner = tangent({ ...site, direction, linear });
  return {
    ...inner,
    hold: () => {
      backend.vectors.copy(linear, block);
      inner.hold();
    },
  };
}
