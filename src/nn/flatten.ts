// A layer that turns images into plain rows of numbers, between convolutional and dense layers. Rows already have this form, so
// that passes compute nothing. The layer only uses an index in PyTorch's names and adds a node to ONNX graphs.

import type { Backend } from "../backend.ts";
import { Layer } from "./layer.ts";
import type { GraphWriter, Pass, Site, Tangent, TangentSite, Weights } from "./module.ts";

export class Flatten extends Layer {
  constructor(units: number) {
    super(units, units);
  }

  protected planner(backend: Backend, _weights: Weights): (site: Site) => Pass {
    return (site) => plan(backend, site);
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
