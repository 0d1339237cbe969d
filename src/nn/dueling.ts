// The dueling output (Wang et al. 2016, https://arxiv.org/abs/1511.06581, eq. 9): Q = V + A - mean(A), for every atom apart.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Tensor } from "../operations/handles.ts";
import type { GraphWriter, Module, Network, Pass, Site, Weights } from "./module.ts";

export class Dueling implements Module {
  /** (1 + actions) x atoms, the value's atoms first. */
  readonly inputs: number;
  /** actions x atoms */
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[] = [];
  readonly kept: readonly ParameterSpec[] = [];
  readonly #actions: number;
  readonly #atoms: number;

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
    const groups = graph.node("Reshape", [input, graph.integers([-1, actions + 1, atoms])]);
    const part = (from: number, to: number): string =>
      graph.node("Slice", [groups, ...[from, to, 1].map((end) => graph.integers([end]))]);
    const [value, advantages] = [part(0, 1), part(1, actions + 1)];
    const mean = graph.node("ReduceMean", [advantages, graph.integers([1])], { keepdims: 1 });
    const q = graph.node("Add", [value, graph.node("Sub", [advantages, mean])]);
    return graph.node("Reshape", [q, graph.integers([-1, this.outputs])]);
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
