import { expect, test } from "vitest";
import { reference } from "../../src/backends/reference/index.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { DataType } from "../../src/onnx/model.ts";
import { OnnxGraph, type OnnxGraphParts } from "../../src/onnx/onnx-graph.ts";
import { box, dict, discrete, multiDiscrete } from "../../src/space.ts";

/** Operators in their order. */
const operators = ({ nodes }: OnnxGraphParts): string[] => nodes.map(({ operator }) => operator);
const graphOf = (options: number = 0): OnnxGraph => new OnnxGraph({ observation: "what is seen" }, options);

test("a result has the name of the output that it is, and a copy where it is several", () => {
  const graph = graphOf();
  const observation = graph.input("observation", 2);
  const hidden = graph.node("Relu", [observation]);
  graph.output("q", hidden, 2);
  graph.output("again", hidden, 2);
  graph.output("seen", observation, 2);
  graph.output("later", graph.node("Tanh", [hidden]), 2);
  const { nodes, outputs } = graph.parts([]);
  expect(nodes).toEqual([
    { operator: "Relu", inputs: ["observation"], output: "q", attributes: {} },
    { operator: "Tanh", inputs: ["q"], output: "later", attributes: {} },
    { operator: "Identity", inputs: ["q"], output: "again", attributes: {} },
    { operator: "Identity", inputs: ["observation"], output: "seen", attributes: {} },
  ]);
  expect(outputs.map(({ name }) => name)).toEqual(["q", "again", "seen", "later"]);
});

test("nodes and constants that no kept output needs are left out", () => {
  const graph = graphOf();
  const observation = graph.input("observation", 1);
  graph.output("kept", graph.node("Add", [observation, graph.constant([1])]), 1);
  graph.output("value", graph.node("Mul", [graph.node("Tanh", [observation]), graph.constant([2])]), 1);
  graph.node("Sub", [observation, graph.constant([3])]);
  const parts = graph.parts(["value"]);
  expect(operators(parts)).toEqual(["Add"]);
  expect(parts.constants.map(({ values }) => Number(values[0]))).toEqual([1]);
  expect(parts.outputs.map(({ name }) => name)).toEqual(["kept"]);
  expect(operators(graph.parts([]))).toEqual(["Add", "Tanh", "Mul"]);
});

test("inputs and outputs say what they are, and have an open number of rows", () => {
  const graph = graphOf();
  graph.output("state", graph.addInput("observation", [3, 4]), 12);
  expect(graph.parts([]).inputs).toEqual([
    { name: "observation", type: DataType.float32, shape: ["batch", 3, 4], doc: "what is seen" },
  ]);
  expect(graph.parts([]).outputs).toEqual([
    { name: "state", value: "observation", type: DataType.float32, shape: ["batch", 12], doc: "" },
  ]);
});

test("an array of a block is one constant however often it is used, under its own name and in its shape in files", () => {
  const backend = reference();
  const specs = [
    { name: "weight", shape: [2, 3] },
    { name: "kernel", shape: [1, 4], fileShape: [1, 1, 2, 2] },
  ] as const;
  const [block, other] = [backend.parameters(specs), backend.parameters(specs)];
  backend.writeParameter(block, 0, [1, 2, 3, 4, 5, 6]);
  const graph = graphOf();
  const names = [
    graph.parameter(backend, block, 0),
    graph.parameter(backend, block, 0),
    graph.parameter(backend, other, 0),
    graph.parameter(backend, block, 1),
  ];
  expect(names).toEqual(["weight", "weight", "weight_2", "kernel"]);
  graph.output("all", graph.node("Any", names), 1);
  const { constants } = graph.parts([]);
  expect(constants.map(({ shape }) => shape)).toEqual([
    [2, 3],
    [2, 3],
    [1, 1, 2, 2],
  ]);
  expect(Array.from(constants[0].values, Number)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("weights that are not finite are refused", () => {
  const backend = reference();
  const block = backend.parameters([{ name: "0.bias", shape: [2] }]);
  backend.writeParameter(block, 0, [0, Number.NaN]);
  expect(() => graphOf().parameter(backend, block, 0)).toThrow(
    new RangeError("toOnnx: 0.bias expected finite numbers, got NaN. Take a checkpoint from before the run diverged."),
  );
});

test("two inputs or outputs of one name are refused", () => {
  const graph = graphOf();
  const state = graph.input("state", 2);
  expect(() => graph.input("state", 2)).toThrow(
    new UnsupportedError(
      "toOnnx: names expected to differ, got state twice. Describe one recurrent layer, and every output once.",
    ),
  );
  expect(() => graph.output("state", state, 2)).toThrow(UnsupportedError);
});

test("a node never takes the name of an output that was there before", () => {
  const graph = graphOf();
  const observation = graph.input("Relu", 1);
  expect(graph.node("Relu", [observation])).toBe("Relu_2");
});

test("the operator set is the oldest that has every operator", () => {
  const plain = graphOf();
  plain.output("y", plain.node("Gelu", [plain.input("x", 1)], { approximate: "tanh" }), 1);
  expect(plain.parts([])).toMatchObject({ operatorSet: 13, irVersion: 7 });
  expect(operators(plain.parts([]))).not.toContain("Gelu");
  const normal = graphOf();
  normal.output("y", normal.node("LayerNormalization", [normal.input("x", 1)], { axis: -1 }), 1);
  expect(normal.parts([])).toMatchObject({ operatorSet: 17, irVersion: 8 });
});

test("centers are subtracted in two parts where one float32 does not hold them", () => {
  const graph = graphOf();
  graph.output("y", graph.standardize(graph.input("x", 2), [1000.0001, 2], [3, 4]), 2);
  const parts = graph.parts([]);
  expect(operators(parts)).toEqual(["Sub", "Sub", "Mul"]);
  const [first, rest, factor] = parts.constants.map(({ values }) => Array.from(values, Number));
  expect(first).toEqual([Math.fround(1000.0001), 2]);
  expect(first[0] + rest[0]).toBeCloseTo(1000.0001, 10);
  expect([rest[1], ...factor]).toEqual([0, 3, 4]);
  const exact = graphOf();
  exact.output("y", exact.standardize(exact.input("x", 1), [2], [3]), 1);
  expect(operators(exact.parts([]))).toEqual(["Sub", "Mul"]);
});

test("bounds that are infinite for every number are no nodes", () => {
  const endless = Number.POSITIVE_INFINITY;
  const clipped = (low: number[], high: number[]): string[] => {
    const graph = graphOf();
    graph.output("y", graph.clip(graph.input("x", 2), low, high), 2);
    return operators(graph.parts([]));
  };
  expect(clipped([-1, -1], [1, 1])).toEqual(["Max", "Min"]);
  expect(clipped([-endless, 0], [endless, endless])).toEqual(["Max"]);
  expect(clipped([-endless, -endless], [endless, endless])).toEqual(["Identity"]);
});

test("numbered observations become ones among zeros, parts of a Dict each for itself", () => {
  const flat = (size: number, space: Parameters<OnnxGraph["flatten"]>[1]): OnnxGraphParts => {
    const graph = graphOf();
    graph.output("y", graph.flatten(graph.input("x", size), space), 1);
    return graph.parts([]);
  };
  expect(operators(flat(2, box(0, 1, [2])))).toEqual(["Identity"]);
  const one = flat(1, discrete(3, 5));
  expect(operators(one)).toEqual(["Equal", "Cast"]);
  expect(Array.from(one.constants[0].values, Number)).toEqual([5, 6, 7]);
  const several = flat(2, multiDiscrete([2, 3]));
  expect(operators(several)).toEqual(["Gather", "Equal", "Cast"]);
  expect(several.constants.map(({ values }) => Array.from(values, Number))).toEqual([
    [0, 0, 1, 1, 1],
    [0, 1, 0, 1, 2],
  ]);
  expect(operators(flat(3, dict({ a: box(0, 1, [2]), b: discrete(2) })))).toEqual([
    "Slice",
    "Slice",
    "Equal",
    "Cast",
    "Concat",
  ]);
});

test("without an input for masks choices are taken of all options, with one of those that it allows", () => {
  const chosen = (options: number): OnnxGraphParts => {
    const graph = graphOf(options);
    const values = graph.input("values", 5);
    graph.output("probabilities", graph.softmax(values, [2, 3]), 5);
    graph.output("choice", graph.argmax(values, [2, 3]), 2);
    return graph.parts([]);
  };
  expect(chosen(0).inputs.map(({ name }) => name)).toEqual(["values"]);
  expect(chosen(0).nodes.filter(({ operator }) => operator === "ArgMax").length).toBe(2);
  expect(operators(chosen(0))).not.toContain("Where");
  const masked = chosen(5);
  expect(masked.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
    ["values", "batch", 5],
    ["mask", "batch", 5],
  ]);
  // One penalty for all that is chosen.
  expect(operators(masked).filter((operator) => operator === "Where").length).toBe(1);
});

test("an input for masks that nothing takes is known", () => {
  const graph = graphOf(2);
  expect(graph.ignoresMask).toBe(true);
  graph.argmax(graph.input("values", 2), [2]);
  expect(graph.ignoresMask).toBe(false);
  expect(graphOf().ignoresMask).toBe(false);
});
