// The dueling output (Wang et al. 2016, https://arxiv.org/abs/1511.06581, eq. 9): Q = V + A - mean(A), separately for each atom.

import type { Backend } from "../backend.ts";
import type { Tensor } from "../operations/handles.ts";
import { Layer, LayerPass } from "./layer.ts";
import type { GraphWriter, Pass, Site, Weights } from "./module.ts";

/** A layer that computes Q values from a state value V and advantages A: Q = V + A - mean(A). */
export class Dueling extends Layer {
  readonly #actions: number;
  readonly #atoms: number;

  /** Takes (1 + actions) x atoms numbers, the value's atoms first, and gives actions x atoms. */
  constructor(actions: number, atoms: number) {
    super((actions + 1) * atoms, actions * atoms);
    this.#actions = actions;
    this.#atoms = atoms;
  }

  protected planner(backend: Backend, _weights: Weights): (site: Site) => Pass {
    return (site) => new DuelingPass(backend, site, this.outputs, this.#atoms);
  }

  describe(graph: GraphWriter, input: string): string {
    const [actions, atoms] = [this.#actions, this.#atoms];
    const groups = graph.reshape(input, [-1, actions + 1, atoms]);
    const advantages = graph.columns(groups, 1, actions + 1);
    const sum = graph.node("Add", [graph.columns(groups, 0, 1), advantages]);
    const mean = graph.node("ReduceMean", [advantages], { axes: [1] });
    return graph.reshape(graph.node("Sub", [sum, mean]), [-1, this.outputs]);
  }
}

class DuelingPass extends LayerPass {
  readonly #atoms: number;

  constructor(backend: Backend, site: Site, outputs: number, atoms: number) {
    const plan = (): Tensor => backend.tensor(site.rows, outputs);
    super(backend, site, plan(), (site.dX ?? null) === null ? null : plan());
    this.#atoms = atoms;
  }

  forward(rows: number = this.rows): Tensor {
    this.backend.layers.duelingForward(rows, this.x, this.output, this.#atoms);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    this.backend.layers.duelingBackward(rows, this.dOutput!, this.dX!, this.#atoms);
  }
}
