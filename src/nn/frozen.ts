// Frozen modules. Their weights lie in another block that no optimizer trains, so that they are not part of the gradient norm and
// of the model's files. Gradients still flow through to the module's input if a layer below needs them.

import type { Backend } from "../backend.ts";
import type { Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** Returns a module that computes the same with fixed weights. @param weights position of the module's trained and kept arrays */
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

/** Plans the tangent of a frozen module: its weights do not move, so that only the movement of the input counts. */
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
