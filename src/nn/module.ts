// The contract of networks. A network is made in three steps, and each step allocates its memory once:
//
//   Module --on(weights)--> Network --plan(site)--> Pass
//   the computation         its weights             its tensors
//
// A module describes a computation: one layer, or a composition of layers. A network is a module with weights: the online
// network, its target network, or a copy that acts. A pass is a network with input and output tensors.
//
// Frozen weights lie outside the trained block (frozen.ts); `gradients: null` freezes weights for one pass only.

import type { Backend } from "../backend.ts";
import type { ParameterSpec, Parameters, RandomStream, Tensor } from "../operations/handles.ts";
import type { Space } from "../space.ts";

/** Position of the weights of one module: its arrays are parts of larger blocks. */
export interface Weights {
  /** Block with the trained arrays. */
  readonly block: Parameters;
  /** Index of the module's first array in `block`. */
  readonly first: number;
  /** Block with the kept arrays, see `Module.kept`. */
  readonly kept: Parameters;
  /** Index of the module's first array in `kept`. */
  readonly firstKept: number;
}

/** Description of a computation: one layer, or a composition of layers. */
export interface Module<N extends Network = Network> {
  /** Numbers per row of the input. */
  readonly inputs: number;
  /** Numbers per row of the output. */
  readonly outputs: number;
  /** Number of indices that the module uses in the names of PyTorch's nn.Sequential: 2 for a dense layer with activation. */
  readonly places: number;
  /** Trained arrays, in the order of the block. */
  readonly specs: readonly ParameterSpec[];
  /** Arrays of the network that gradients do not train, such as random priors or running statistics. */
  readonly kept: readonly ParameterSpec[];
  /** Modules of a composition, in the order of their arrays. Absent for a single layer. */
  readonly children?: readonly Module[];

  /** Draws the first weights, array by array. The order of the draws is part of every published hash. */
  initialize(backend: Backend, weights: Weights, stream: RandomStream): void;
  /** Makes a network: this module with the given weights. */
  on(backend: Backend, weights: Weights): N;
  /** Returns the same composition with `change` applied to every single layer. Use it to insert adapters. */
  map(change: (layer: Module) => Module): Module;
  /** Adds the module's nodes to an ONNX graph. @param input name of the input @returns the name of the output */
  describe(graph: GraphWriter, input: string, backend: Backend, weights: Weights): string;
}

/** A module with weights. */
export interface Network {
  /** The module that made the network. */
  readonly module: Module;
  /** Position of the network's weights. */
  readonly weights: Weights;
  /** Makes a pass: allocates the tensors that this network needs for the site. */
  plan(site: Site): Pass;
  /** Draws the random parts (noise in weights, quantile fractions) of all later passes. Absent if nothing is random. */
  resample?(stream: RandomStream): void;
  /** Makes later passes deterministic, with the present weights. Absent if nothing is random. */
  withoutNoise?(): void;
}

/** Type of the network that a module makes. */
export type NetworkOf<M extends Module> = M extends Module<infer N> ? N : never;

/** Tensors for one pass, given by the caller. */
export interface Site {
  /** Largest number of rows. */
  readonly rows: number;
  /** [rows, inputs] input. */
  readonly x: Tensor;
  /**
   * Block for the gradients of the weights, with the layout of the weights, overwritten by `backward`. Null: the weights are
   * frozen in this pass.
   * @defaultValue null
   */
  readonly gradients?: Parameters | null;
  /** [rows, inputs] tensor for the gradient of x, overwritten by `backward`. Null: not computed. @defaultValue null */
  readonly dX?: Tensor | null;
  /**
   * Another pass, of a network of the same shape, that lends its hidden tensors. Sharing keeps these tensors in the cache. Use it
   * for a pass that only computes an output, and that runs before the lender's forward pass.
   * @defaultValue null
   */
  readonly borrow?: Pass | null;
}

/** A network with its tensors. Its methods allocate nothing. */
export interface Pass {
  /** Largest number of rows. */
  readonly rows: number;
  /** [rows, inputs] input. */
  readonly x: Tensor;
  /** [rows, outputs], written by `forward`. A composition never borrows its output; a single layer does. */
  readonly output: Tensor;
  /** [rows, outputs] gradient of the output. The loss writes it, `backward` overwrites it. Null in a pass without gradients. */
  readonly dOutput: Tensor | null;
  /** Input of the last layer. State-dependent exploration uses it. */
  readonly features: Tensor;
  /** Computes the output. @param rows number of rows, from the first. Default: all. @returns `output` */
  forward(rows?: number): Tensor;
  /**
   * Computes the gradients of weights and input from `dOutput`, for the latest forward pass.
   * @param rows number of rows, from the first. Default: all.
   * @throws StateError when another pass has overwritten the hidden tensors
   */
  backward(rows?: number): void;
  /** Plans forward-mode differentiation of this pass. Absent if a layer does not support it. */
  tangent?(site: TangentSite): Tangent;
}

/** Tensors and blocks for one tangent. Blocks have the layout of the pass's weights. */
export interface TangentSite {
  /** Direction v in which the weights move. */
  readonly direction: Parameters;
  /** Copy of the weights, made by the caller, in which `hold` sets biases to 0 and scales of normalisation to 1. */
  readonly linear: Parameters;
  /** [rows, inputs] change of x. Null: x is constant. */
  readonly dX: Tensor | null;
  /** [rows, outputs] tensor for `moves`. Null: the tangent allocates one. @defaultValue null */
  readonly into?: Tensor | null;
}

/** Derivative of a pass along a direction v of its weights: J v, the change of the outputs to first order. */
export interface Tangent {
  /** [rows, outputs] change of the outputs per unit of the direction, written by `forward`. */
  readonly moves: Tensor;
  /** Prepares this module's part of `linear` for products with `dX`. Call it after the weights were copied to `linear`. */
  hold(): void;
  /** Computes `moves`, for the latest forward pass. @param rows number of rows, from the first. Default: all. */
  forward(rows?: number): void;
}

/** Builds an ONNX graph node by node (bellwether/onnx). Values in the graph are identified by names. All numbers are float32. */
export interface GraphWriter {
  /**
   * Adds a node with one output.
   * @param operator an ONNX operator of operator set 13, or the younger LayerNormalization or Gelu
   * @param inputs names of the inputs
   * @returns the name of the output
   */
  node(operator: string, inputs: readonly string[], attributes?: GraphAttributes): string;
  /** Adds an array of a block as a constant, in its shape in files. @returns the name of the constant */
  parameter(backend: Backend, block: Parameters, index: number): string;
  /** Adds numbers as a constant. @param shape [] for a single number. Default: a vector. @returns the name of the constant */
  constant(values: ArrayLike<number>, shape?: readonly number[]): string;
  /** Adds integers as a constant, for operators that take a shape, ends or axes. @returns the name of the constant */
  integers(values: readonly number[]): string;
  /**
   * Gives a value another shape.
   * @param shape -1 for one length that follows from the others, 0 for the length that the value has there
   * @returns the name of the result
   */
  reshape(value: string, shape: readonly number[]): string;
  /** Cuts out columns from .. to - 1 of the second axis. @returns the name of the result */
  columns(value: string, from: number, to: number): string;
  /**
   * Computes (value - center) factor, column by column. Differences are as exact as with centers in float64.
   * @returns the name of the result
   */
  standardize(value: string, center: ArrayLike<number>, factor: ArrayLike<number>): string;
  /** Maps values by tanh between bounds. @param low, high bounds of every column @returns the name of the result */
  squash(value: string, low: readonly number[], high: readonly number[]): string;
  /**
   * Clips values to bounds.
   * @param low, high bounds of every column, or one bound for all columns; they may be infinite
   * @returns the name of the result
   */
  clip(value: string, low: readonly number[], high: readonly number[]): string;
  /**
   * Flattens observations of the space.
   * @param value [rows, numbers] observations in the environments' own form
   * @returns the name of the result, [rows, flat size]
   */
  flatten(value: string, space: Space): string;
  /**
   * Computes probabilities of the options, by softmax over each choice. Options that the graph's mask forbids get 0.
   * @param logits [rows, options], one choice after the other
   * @param choices number of options of every choice
   * @returns the name of the probabilities, [rows, options]
   */
  softmax(logits: string, choices: readonly number[]): string;
  /**
   * Finds the first option with the largest value in every choice, among the options that the graph's mask allows.
   * @param choices number of options of every choice
   * @returns the name of the indices, [rows, choices]
   */
  argmax(values: string, choices: readonly number[]): string;
  /** Adds an input [rows, columns] beside the observation, such as a recurrent state. @returns the name of the input */
  input(name: string, columns: number): string;
  /** Makes a value an output of the graph, [rows, columns], under the given name. */
  output(name: string, value: string, columns: number): void;
}

/** Attributes of a node. Whole numbers and lists of them become ONNX integers; fractions and "epsilon" become floats. */
export type GraphAttributes = Readonly<Record<string, number | string | readonly number[]>>;

/** Returns the weights of a child module that begin `trained` and `kept` arrays later. */
export function shifted(weights: Weights, trained: number, kept: number): Weights {
  const { first, firstKept } = weights;
  return { ...weights, first: first + trained, firstKept: firstKept + kept };
}

/** Lists the single layers of a module in order, each with the index of its first trained array. */
export function layersOf(module: Module, first: number = 0): { readonly layer: Module; readonly first: number }[] {
  if (module.children === undefined) return [{ layer: module, first }];
  let at = first;
  return module.children.flatMap((child) => {
    const found = layersOf(child, at);
    at += child.specs.length;
    return found;
  });
}

/** Returns the specs with a prefix before every name. */
export function prefixed(prefix: string, specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.map((spec) => ({ ...spec, name: prefix + spec.name }));
}
