// The contract of networks, in three steps, each of which fixes one thing and allocates its memory once:
//
//   Module --on(weights)--> Network --plan(site)--> Pass
//   what is computed        with which numbers      on which tensors
//
// A module is plain description: a layer, or a composition of layers. A network stands on weights: the online network, its
// target, a copy that acts. A pass is bound to tensors when it is planned, so that `forward` and `backward` take none.
//
// Frozen weights are not in the trained block (frozen.ts); `gradients: null` freezes for one pass only.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Space } from "../space.ts";

/** The arrays of one module: trained ones from `first` on in `block`, kept ones from `firstKept` on in `kept`. */
export interface Weights {
  readonly block: Parameters;
  readonly first: number;
  readonly kept: Parameters;
  readonly firstKept: number;
}

export interface Module<N extends Network = Network> {
  /** Numbers per row that it takes and gives. */
  readonly inputs: number;
  readonly outputs: number;
  /** Numbers that it takes in the names of PyTorch's nn.Sequential: 2 for a dense layer with its activation. */
  readonly places: number;
  /** Trained arrays, in the order in which a block holds them. */
  readonly specs: readonly ParameterSpec[];
  /** Arrays that belong to the network but are not trained by gradients: random priors, running statistics. */
  readonly kept: readonly ParameterSpec[];
  /** The modules that it is made of, in the order of their arrays; absent for a single layer. */
  readonly children?: readonly Module[];

  /** Draws the first weights, array by array. The order of the draws is part of every published hash. */
  initialize(backend: Backend, weights: Weights, stream: RandomStream): void;
  /** Stands the module on weights. */
  on(backend: Backend, weights: Weights): N;
  /** The same composition with every single layer replaced: how adapters are put in. */
  map(change: (layer: Module) => Module): Module;
  /** Adds its nodes to an ONNX graph. @returns the name of its output */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string;
}

/** A module on its weights. */
export interface Network {
  readonly module: Module;
  readonly weights: Weights;
  plan(site: Site): Pass;
  /** Random parts of later passes (noise in weights, drawn fractions) are drawn from `stream`. Absent where nothing is random. */
  resample?(stream: RandomStream): void;
  /** Later passes are deterministic, with the weights as they are now. Absent where nothing is random. */
  withoutNoise?(): void;
}

export type NetworkOf<M extends Module> = M extends Module<infer N> ? N : never;

/** The tensors that a pass reads and writes. */
export interface Site {
  /** Largest number of rows. */
  readonly rows: number;
  /** [rows, inputs] */
  readonly x: Tensor;
  /** Gradients of the weights, a block laid out as theirs, overwritten; null: the weights are frozen in this pass. [null] */
  readonly gradients?: Parameters | null;
  /** [rows, inputs] gradient of x, overwritten; null: nobody needs it. [null] */
  readonly dX?: Tensor | null;
  /**
   * A pass of a network of the same shape whose hidden tensors this one uses too, which keeps them warm in the cache: for a pass
   * whose output alone is read, before the lender runs forward. [null]
   */
  readonly borrow?: Pass | null;
}

/** One planned pass. Its calls allocate nothing. */
export interface Pass {
  readonly rows: number;
  readonly x: Tensor;
  /** [rows, outputs], written by `forward`. Never borrowed, but for a single layer's: that is hidden in a composition. */
  readonly output: Tensor;
  /** [rows, outputs] gradient of the output, written by whoever computes a loss, overwritten by `backward`; null in a pass that
   * has no way back. */
  readonly dOutput: Tensor | null;
  /** Input of the last layer: what state-dependent exploration is made of. */
  readonly features: Tensor;
  /** @param rows the first rows only [all] @returns `output` */
  forward(rows?: number): Tensor;
  /** Gradients of weights and input, for the forward pass before. @throws StateError when another pass took the hidden tensors */
  backward(rows?: number): void;
  /** Plans forward-mode differentiation of this pass. Absent where a layer has none. */
  tangent?(site: TangentSite): Tangent;
}

/** Where a tangent reads and writes; blocks are laid out as the pass's weights. */
export interface TangentSite {
  /** The direction of the weights. */
  readonly direction: Parameters;
  /** A copy of the weights that `hold` makes, with biases 0 and scales of normalisation 1. */
  readonly linear: Parameters;
  /** [rows, inputs] how x moves; null: it does not. */
  readonly dX: Tensor | null;
  /** [rows, outputs] where `moves` is written. [a tensor of its own] */
  readonly into?: Tensor | null;
}

/** How the outputs of a pass move when its weights move along a direction: J v, to first order. */
export interface Tangent {
  /** [rows, outputs], written by `forward`, per unit of the direction. */
  readonly moves: Tensor;
  /** Takes its part of `linear` for products with `dX`. */
  hold(): void;
  forward(rows?: number): void;
}

/** Receives a network layer by layer: an ONNX graph (bellwether/onnx). Values are told by their names; all numbers are float32. */
export interface GraphWriter {
  /**
   * Adds a node with one output.
   * @param operator of ONNX, in its form of operator set 13; LayerNormalization and Gelu, which are younger, too
   * @returns the name of its output
   */
  node(operator: string, inputs: readonly string[], attributes?: GraphAttributes): string;
  /** An array of a block as a constant, in its shape in files. @returns its name */
  parameter(backend: Backend, block: Parameters, index: number): string;
  /** Other numbers as a constant. @param shape [] for a single number [one dimension] @returns its name */
  constant(values: ArrayLike<number>, shape?: readonly number[]): string;
  /** Whole numbers that an operator takes as a shape, as ends or as axes. @returns the name of the constant */
  integers(values: readonly number[]): string;
  /** @param shape one length may be -1: whatever is left; 0: as the value's own @returns the name of the same numbers in it */
  reshape(value: string, shape: readonly number[]): string;
  /** @returns the name of columns from .. to - 1 of the second axis */
  columns(value: string, from: number, to: number): string;
  /**
   * (value - center) factor, column by column. Differences are as exact as those of float64 centers.
   * @returns the name of the result
   */
  standardize(value: string, center: ArrayLike<number>, factor: ArrayLike<number>): string;
  /** @param low, high of every column @returns the name of the value's tanh, which fills the range between the bounds */
  squash(value: string, low: readonly number[], high: readonly number[]): string;
  /** @param low, high of every column, or one of all @returns the name of the value within its bounds, which may be infinite */
  clip(value: string, low: readonly number[], high: readonly number[]): string;
  /** @param value [rows, numbers] observations as environments show them @returns the name of their flat form, [rows, flat size] */
  flatten(value: string, space: Space): string;
  /**
   * Probabilities of the options that the graph's mask allows.
   * @param logits [rows, options], those of one choice side by side @param choices options of every choice
   * @returns their name, [rows, options]
   */
  softmax(logits: string, choices: readonly number[]): string;
  /** The first largest of the options that the graph's mask allows. @returns its index in every choice, [rows, choices] */
  argmax(values: string, choices: readonly number[]): string;
  /** An input of the graph beside the observation, such as a recurrent state: [rows, columns]. @returns its name */
  input(name: string, columns: number): string;
  /** Names an output of the graph: [rows, columns]. */
  output(name: string, value: string, columns: number): void;
}

/** Whole numbers are integers to ONNX, lists too; others, and epsilon, are floats. */
export type GraphAttributes = Readonly<Record<string, number | string | readonly number[]>>;

/** The weights of a child that comes `trained` and `kept` arrays later. */
export function shifted(weights: Weights, trained: number, kept: number): Weights {
  const { first, firstKept } = weights;
  return { ...weights, first: first + trained, firstKept: firstKept + kept };
}

/** Every single layer of a module with the index of its first trained array, in order. */
export function layersOf(module: Module, first: number = 0): { readonly layer: Module; readonly first: number }[] {
  if (module.children === undefined) return [{ layer: module, first }];
  let at = first;
  return module.children.flatMap((child) => {
    const found = layersOf(child, at);
    at += child.specs.length;
    return found;
  });
}

/** The specs with a prefix before their names. */
export function prefixed(prefix: string, specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.map((spec) => ({ ...spec, name: prefix + spec.name }));
}
