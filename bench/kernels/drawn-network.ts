// A network module with random weights, for benchmarks without training.

import type { Backend } from "../../src/backend.ts";
import type { Module, Network } from "../../src/nn/module.ts";
import type { Parameters, RandomStream } from "../../src/operations/handles.ts";

export interface DrawnNetwork<N extends Network> {
  readonly network: N;
  readonly parameters: Parameters;
}

export function drawNetwork<N extends Network>(
  backend: Backend,
  module: Module<N>,
  stream: RandomStream,
): DrawnNetwork<N> {
  const parameters = backend.parameters(module.specs);
  const weights = { block: parameters, first: 0, kept: backend.parameters(module.kept), firstKept: 0 };
  module.initialize(backend, weights, stream);
  return { network: module.on(backend, weights), parameters };
}
