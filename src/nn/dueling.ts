// The dueling output (Wang et al. 2016, https://arxiv.org/abs/1511.06581, eq. 9): Q = V + A - mean(A), separately for each atom.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Tensor } from "../operations/handles.ts";
import type { GraphWriter, Module, Network, Pass, Site, Weights } from "./module.ts";

/** A layer that computes Q values from a state value V and advantages A: Q = V + A - mean(A). */
export class Dueling implements Module {
  /** (1 + actions) x atoms numbers per row, the atoms of the state value first. */
  readonly inputs: number;
  /** actions x atoms numbers per row. */
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[] = [];
  readonly kept: readonly ParameterSpec[] = [];
  readonly #actions: number;
  readonly #atoms: number;

  /** @param atoms numbers per action: 1 for plain values, more for a returns distribution */
  constructor(actions: number, atoms: number) {
    this.inputs = (actions + 1) * atoms;
    this.outputs = actions * atoms;
    this.#actions = actions;
    this.#atoms = atoms;
  }

  initialize(): void {}

  on(backend: Backend, weights: Weights): Network {
    return { module: this, weights, plan: (site) => this.#plan(backend, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return change(this);
  }

  describe(graph: GraphWriter, input: string): string {
    const [actions, atoms] = [this.#actions, this.#atoms];
    const groups = graph.reshape(input, [-1, actions + 1, atoms]);
    const advantages = graph.columns(groups, 1, actions + 1);
    const sum = graph.node("Add", [graph.columns(groups, 0, 1), advantages]);
    const mean = graph.node("ReduceMean", [advantages], { axes: [1] });
    return graph.reshape(graph.node("Sub", [sum, mean]), [-1, this.outputs]);
  }

  #plan(backend: Backend, { rows, x, dX = null }: Site): Pass {
    const { layers } = backend;
    const atoms = this.#atoms;
    const output = backend.tensor(rows, this.outputs);
    const dOutput: Tensor | null = dX === null ? null : backend.tensor(rows, this.outputs);
    return {
      rows,
      x,
      output,
      dOutput,
      features: x,
      forward: (used = rows) => {
        layers.duelingForward(used, x, output, atoms);
        return output;
      },
      backward: (used = rows) => layers.duelingBackward(used, dOutput!, dX!, atoms),
    };
  }
}
