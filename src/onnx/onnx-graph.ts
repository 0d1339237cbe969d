// The graph that an agent writes itself into: named nodes, constants, inputs and outputs. At the end, `parts` returns only
// the nodes and constants that the outputs need.

import type { Backend } from "../backend.ts";
import { UnsupportedError } from "../errors.ts";
import type { GraphAttributes, GraphWriter } from "../nn/module.ts";
import type { Parameters } from "../operations/handles.ts";
import type { Space } from "../space.ts";
import { DataType, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from "./model.ts";
import { shownSize } from "./shown-values.ts";

/** Name of the first dimension of every input and output: any number of rows. */
const BATCH = "batch";

/** The lowest float32: finite, and so far below all values that its softmax is 0. */
const LOWEST = -3.4028234663852886e38;

/** sqrt(2 / pi) and the factor of the cube in the tanh form of gelu (Hendrycks & Gimpel 2016). */
const GELU_SCALE = 0.7978845608028654;
const GELU_CUBE = 0.044715;

/** Versions from 2020 and 2022. Only LayerNormalization needs the newer version. */
const OLDEST = { irVersion: 7, operatorSet: 13 };
const WITH_LAYER_NORMALIZATION = { irVersion: 8, operatorSet: 17 };

/** The parts of a model that come from its graph: the nodes and constants that its outputs need, its inputs and outputs. */
export type OnnxGraphParts = Pick<
  OnnxModel,
  "irVersion" | "operatorSet" | "nodes" | "constants" | "inputs" | "outputs"
>;

interface Output extends OnnxValue {
  /** Name of the result in the graph that becomes this output. */
  readonly value: string;
}

/** A graph that is being written. `GraphWriter` describes the methods that agents call. */
export class OnnxGraph implements GraphWriter {
  readonly #docs: Readonly<Record<string, string>>;
  readonly #options: number;
  readonly #names = new Set<string>();
  readonly #nodes: OnnxNode[] = [];
  readonly #constants: OnnxTensor[] = [];
  /** Names of the constants of whole numbers, by their numbers joined with commas. */
  readonly #integers = new Map<string, string>();
  /** Names of the constants of network weights, by their block and the array's index in that block. */
  readonly #parameters = new Map<Parameters, Map<number, string>>();
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: Output[] = [];
  /** Name of the penalty [rows, options] that is added to values: 0 where an option is allowed, else the lowest float32. */
  #penalty: string | undefined;

  /**
   * @param docs descriptions of the inputs and outputs, by name
   * @param options number of options of the input "mask"; 0 for a model without a mask
   */
  constructor(docs: Readonly<Record<string, string>>, options: number) {
    this.#docs = docs;
    this.#options = options;
  }

  /** True when a mask was asked for but no node reads the mask. */
  get ignoresMask(): boolean {
    return this.#options > 0 && this.#penalty === undefined;
  }

  node(operator: string, inputs: readonly string[], attributes: GraphAttributes = {}): string {
    if (operator === "Gelu") return this.#gelu(inputs[0]);
    const output = this.#unique(operator);
    this.#nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  /** Writes gelu as simpler operators: the operator Gelu belongs to operator set 20, which few runtimes know. */
  #gelu(x: string): string {
    const number = (value: number): string => this.constant([value]);
    const cube = this.node("Mul", [this.node("Mul", [this.node("Mul", [x, x]), x]), number(GELU_CUBE)]);
    const inner = this.node("Mul", [this.node("Add", [x, cube]), number(GELU_SCALE)]);
    const gate = this.node("Add", [this.node("Tanh", [inner]), number(1)]);
    return this.node("Mul", [this.node("Mul", [x, number(0.5)]), gate]);
  }

  parameter(backend: Backend, block: Parameters, index: number): string {
    const ofBlock = this.#parameters.get(block) ?? new Map<number, string>();
    this.#parameters.set(block, ofBlock);
    const known = ofBlock.get(index);
    if (known !== undefined) return known;
    const { name, shape, fileShape = shape } = block.specs[index];
    const values = backend.readParameter(block, index) as Float32Array;
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new RangeError(
        `toOnnx: ${name} expected finite numbers, got ${wrong}. Take a checkpoint from before the run diverged.`,
      );
    }
    const unique = this.#constant(name, values, fileShape);
    ofBlock.set(index, unique);
    return unique;
  }

  constant(values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return this.#constant("Constant", Float32Array.from(values), shape);
  }

  integers(values: readonly number[]): string {
    const key = values.join();
    const known = this.#integers.get(key);
    if (known !== undefined) return known;
    const name = this.#constant("Integers", BigInt64Array.from(values, BigInt), [values.length]);
    this.#integers.set(key, name);
    return name;
  }

  #constant(name: string, values: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const unique = this.#unique(name);
    this.#constants.push({ name: unique, values, shape });
    return unique;
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.node("Reshape", [value, this.integers(shape)]);
  }

  columns(value: string, from: number, to: number): string {
    return this.node("Slice", [value, ...[from, to, 1].map((end) => this.integers([end]))]);
  }

  /** The center is subtracted in two parts. In one float32 part, a small deviation from a large center would lose its digits. */
  standardize(value: string, center: ArrayLike<number>, factor: ArrayLike<number>): string {
    const centers = Float64Array.from(center);
    const rest = centers.map((exact) => exact - Math.fround(exact));
    let difference = this.node("Sub", [value, this.constant(centers)]);
    if (rest.some((part) => part !== 0)) difference = this.node("Sub", [difference, this.constant(rest)]);
    return this.node("Mul", [difference, this.constant(factor)]);
  }

  flatten(value: string, space: Space): string {
    switch (space.kind) {
      case "discrete":
        return this.#oneHot(
          value,
          Array.from({ length: space.n }, (_, i) => space.start + i),
        );
      case "multi-discrete": {
        const columns = space.nvec.flatMap((n, part) => new Array<number>(n).fill(part));
        const repeated = this.node("Gather", [value, this.integers(columns)], { axis: 1 });
        const options = space.nvec.flatMap((n) => Array.from({ length: n }, (_, i) => i));
        return this.#oneHot(repeated, options);
      }
      case "dict": {
        let from = 0;
        const parts = Object.values(space.spaces).map((part) => {
          const to = from + shownSize(part);
          const flat = this.flatten(this.columns(value, from, to), part);
          from = to;
          return flat;
        });
        return this.node("Concat", parts, { axis: 1 });
      }
      default:
        return value;
    }
  }

  /** Returns the name of a one-hot form: 1 where a number equals the number of its column, else 0. */
  #oneHot(value: string, numbers: readonly number[]): string {
    const isEqual = this.node("Equal", [value, this.constant(numbers)]);
    return this.node("Cast", [isEqual], { to: DataType.float32 });
  }

  squash(value: string, low: readonly number[], high: readonly number[]): string {
    const reach = low.map((bound, i) => (high[i] - bound) / 2);
    const middle = low.map((bound, i) => (high[i] + bound) / 2);
    const part = this.node("Mul", [this.node("Tanh", [value]), this.constant(reach)]);
    return this.node("Add", [part, this.constant(middle)]);
  }

  clip(value: string, low: readonly number[], high: readonly number[]): string {
    const within = (operator: string, numbers: string, bounds: readonly number[]): string =>
      bounds.some(Number.isFinite) ? this.node(operator, [numbers, this.constant(bounds)]) : numbers;
    return within("Min", within("Max", value, low), high);
  }

  softmax(logits: string, choices: readonly number[]): string {
    return this.#perChoice("Softmax", logits, choices);
  }

  argmax(values: string, choices: readonly number[]): string {
    return this.#perChoice("ArgMax", values, choices);
  }

  #perChoice(operator: string, values: string, choices: readonly number[]): string {
    const allowed = this.#masked(values);
    if (choices.length === 1) return this.node(operator, [allowed], { axis: 1 });
    let from = 0;
    const results = choices.map((n) => {
      from += n;
      return this.node(operator, [this.columns(allowed, from - n, from)], { axis: 1 });
    });
    return this.node("Concat", results, { axis: 1 });
  }

  /** Returns the name of the values after the mask: forbidden options get a value far below all others. */
  #masked(values: string): string {
    if (this.#options === 0) return values;
    this.#penalty ??= this.#planPenalty();
    return this.node("Add", [values, this.#penalty]);
  }

  #planPenalty(): string {
    const isAllowed = this.node("Cast", [this.input("mask", this.#options)], { to: DataType.bool });
    return this.node("Where", [isAllowed, this.constant([0]), this.constant([LOWEST])]);
  }

  input(name: string, columns: number): string {
    return this.addInput(name, [columns]);
  }

  /** Adds an input. @param shape shape of one row @returns the name */
  addInput(name: string, shape: readonly number[]): string {
    this.#requireFree(name);
    this.#inputs.push({ name, type: DataType.float32, shape: [BATCH, ...shape], doc: this.#docs[name] ?? "" });
    return name;
  }

  output(name: string, value: string, columns: number): void {
    this.addOutput(name, value, DataType.float32, [columns]);
  }

  /** Adds an output. @param value name of the result in the graph @param shape shape of one row */
  addOutput(name: string, value: string, type: number, shape: readonly number[]): void {
    this.#requireFree(name);
    this.#outputs.push({ name, value, type, shape: [BATCH, ...shape], doc: this.#docs[name] ?? "" });
  }

  hasOutput(name: string): boolean {
    return this.#outputs.some((output) => output.name === name);
  }

  #requireFree(name: string): void {
    if (!this.#names.has(name)) {
      this.#names.add(name);
      return;
    }
    throw new UnsupportedError(
      `toOnnx: names expected to differ, got ${name} twice. Describe one recurrent layer, and every output once.`,
    );
  }

  #unique(name: string): string {
    let unique = name;
    for (let n = 2; this.#names.has(unique); n++) unique = `${name}_${n}`;
    this.#names.add(unique);
    return unique;
  }

  /** Returns the inputs, the outputs and all that these outputs need. @param leftOut names of outputs to leave out */
  parts(leftOut: readonly string[]): OnnxGraphParts {
    const outputs = this.#outputs.filter(({ name }) => !leftOut.includes(name));
    const nodes = nameOutputs(this.#nodes, outputs);
    const needed = new Set(outputs.map(({ name }) => name));
    const kept = nodes.reverse().filter(({ inputs, output }) => {
      if (!needed.has(output)) return false;
      for (const name of inputs) needed.add(name);
      return true;
    });
    const normalizes = kept.some(({ operator }) => operator === "LayerNormalization");
    return {
      ...(normalizes ? WITH_LAYER_NORMALIZATION : OLDEST),
      nodes: kept.reverse(),
      constants: this.#constants.filter(({ name }) => needed.has(name)),
      inputs: this.#inputs,
      outputs,
    };
  }
}

/** Renames results to the names of the outputs. A result that serves as several outputs is copied by an Identity node. */
function nameOutputs(nodes: readonly OnnxNode[], outputs: readonly Output[]): OnnxNode[] {
  const names = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const { name, value } of outputs) {
    const isFree = !names.has(value) && nodes.some(({ output }) => output === value);
    if (isFree) names.set(value, name);
    else copies.push({ operator: "Identity", inputs: [value], output: name, attributes: {} });
  }
  const nameOf = (value: string): string => names.get(value) ?? value;
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(nameOf),
    output: nameOf(node.output),
  }));
}
