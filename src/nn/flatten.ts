// A layer that turns images into plain rows of numbers, between convolutional and dense layers. Rows already have this form, so
// that passes compute nothing. The layer only uses an index in PyTorch's names and adds a node to ONNX graphs.

import type { Backend } from "../backend.ts";
import type { ParameterSpec } from "../operations/handles.ts";
import type { GraphWriter, Module, Network, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

/** A layer between convolutional and dense layers. It computes nothing, but PyTorch's names and ONNX graphs contain it. */
export class Flatten implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[] = [];
  readonly kept: readonly ParameterSpec[] = [];

  constructor(units: number) {
    this.inputs = units;
    this.outputs = units;
  }

  initialize(): void {}

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: (site) => plan(backend, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  describe(graph: GraphWriter, input: string): string {
    return graph.node("Flatten", [input]);
  }
}

function plan(backend: Backend, { rows, x, dX = null }: Site): Pass {
  return {
    rows,
    x,
    output: x,
    dOutput: dX,
    features: x,
    forward: () => x,
    backward: () => {},
    tangent: ({ dX: moves, into = null }: TangentSite): Tangent => ({
      moves: into ?? moves!,
      hold: () => {},
      forward: (used = rows) => {
        if (into !== null) backend.rows.copyColumns(used, moves!, 0, into, 0, into.columns);
      },
    }),
  };
}
