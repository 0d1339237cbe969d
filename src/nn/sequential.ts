// Layers one after the other, with the names of PyTorch's nn.Sequential. A layer's dX is the dOutput of the layer below. If no
// layer below needs a gradient, dX is null, and the backward pass ends there.

import type { Backend } from "../backend.ts";
import { StateError } from "../errors.ts";
import type { ParameterSpec, RandomStream, Tensor } from "../operations/handles.ts";
import {
  type GraphWriter,
  type Module,
  type Network,
  type Pass,
  prefixed,
  type Site,
  shifted,
  type Tangent,
  type TangentSite,
  type Weights,
} from "./module.ts";

/** A module that runs its children one after the other. */
export class Sequential implements Module {
  readonly inputs: number;
  readonly outputs: number;
  readonly places = 1;
  readonly specs: readonly ParameterSpec[];
  readonly kept: readonly ParameterSpec[];
  readonly children: readonly Module[];

  /** @param children at least one */
  constructor(children: readonly Module[]) {
    this.children = children;
    this.inputs = children[0].inputs;
    this.outputs = children[children.length - 1].outputs;
    let place = 0;
    const prefixes = children.map(({ places }) => {
      const prefix = `${place}.`;
      place += places;
      return prefix;
    });
    this.specs = children.flatMap(({ specs }, i) => prefixed(prefixes[i], specs));
    this.kept = children.flatMap(({ kept }, i) => prefixed(prefixes[i], kept));
  }

  initialize(backend: Backend, weights: Weights, stream: RandomStream): void {
    eachChild(this.children, weights, (child, own) => child.initialize(backend, own, stream));
  }

  on(backend: Backend, weights: Weights): Network {
    const networks: Network[] = [];
    eachChild(this.children, weights, (child, own) => networks.push(child.on(backend, own)));
    return { module: this, weights, plan: (site) => new SequentialPass(networks, site) };
  }

  map(change: (layer: Module) => Module): Module {
    return new Sequential(this.children.map((child) => child.map(change)));
  }

  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string {
    let name = input;
    eachChild(this.children, weights, (child, own) => {
      name = child.describe(graph, name, backend, own);
    });
    return name;
  }
}

/** Calls `visit` for every child module with the child's own weights. The arrays of the children follow each other. */
export function eachChild(
  children: readonly Module[],
  weights: Weights,
  visit: (child: Module, own: Weights) => void,
): void {
  let own = weights;
  for (const child of children) {
    visit(child, own);
    own = shifted(own, child.specs.length, child.kept.length);
  }
}

class SequentialPass implements Pass {
  readonly rows: number;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly dOutput: Tensor | null;
  readonly passes: readonly Pass[];
  /** The pass that ran forward last on the shared hidden tensors. Only this pass can run backward. */
  readonly hidden: { holder: SequentialPass | null };

  constructor(networks: readonly Network[], site: Site) {
    const lender = (site.borrow ?? null) as SequentialPass | null;
    const passes: Pass[] = [];
    let { x, dX = null } = site;
    for (const [i, network] of networks.entries()) {
      const gradients = network.module.specs.length > 0 ? (site.gradients ?? null) : null;
      // The last output is never borrowed.
      const borrow = i < networks.length - 1 ? (lender?.passes[i] ?? null) : null;
      const pass = network.plan({ rows: site.rows, x, gradients, dX, borrow });
      passes.push(pass);
      x = pass.output;
      dX = pass.dOutput;
    }
    this.rows = site.rows;
    this.x = site.x;
    this.output = x;
    this.dOutput = dX;
    this.passes = passes;
    this.hidden = lender?.hidden ?? { holder: null };
  }

  get features(): Tensor {
    return this.passes[this.passes.length - 1].features;
  }

  forward(rows: number = this.rows): Tensor {
    const { passes } = this;
    this.hidden.holder = this;
    for (let i = 0; i < passes.length; i++) passes[i].forward(rows);
    return this.output;
  }

  backward(rows: number = this.rows): void {
    if (this.hidden.holder !== this) {
      throw new StateError("backward: pass expected its own hidden tensors, got another pass's. Run forward again.");
    }
    const { passes } = this;
    for (let i = passes.length - 1; i >= 0 && passes[i].dOutput !== null; i--) passes[i].backward(rows);
  }

  tangent(site: TangentSite): Tangent {
    const tangents: Tangent[] = [];
    let { dX } = site;
    const last = this.passes.length - 1;
    for (const [i, pass] of this.passes.entries()) {
      const tangent = pass.tangent!({ ...site, dX, into: i === last ? (site.into ?? null) : null });
      tangents.push(tangent);
      dX = tangent.moves;
    }
    return {
      moves: tangents[last].moves,
      hold: () => {
        for (const tangent of tangents) tangent.hold();
      },
      forward: (rows = this.rows) => {
        for (let i = 0; i < tangents.length; i++) tangents[i].forward(rows);
      },
    };
  }
}
