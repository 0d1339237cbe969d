import { expect, test } from "vitest";
import { DataType, encodeModel, type OnnxModel } from "../../src/onnx/model.ts";
import { readModel } from "./read-model.ts";

const MODEL: OnnxModel = {
  irVersion: 7,
  operatorSet: 13,
  producer: "p",
  doc: "d",
  metadata: { k: "v" },
  name: "g",
  nodes: [{ operator: "Add", inputs: ["x", "c"], output: "y", attributes: {} }],
  constants: [{ name: "c", shape: [1], values: Float32Array.of(1) }],
  inputs: [{ name: "x", type: DataType.float32, shape: ["n", 1], doc: "" }],
  outputs: [{ name: "y", type: DataType.float32, shape: ["n", 1], doc: "o" }],
};

// Read by hand along onnx.proto: number of field x 8 + kind, length, content.
const BYTES = [
  "0807", // ir_version
  "120170", // producer_name
  "320164", // doc_string
  "3a56", // graph, 86 bytes
  "0a110a01780a01631201791a01792203416464", // node: inputs x and c, output y, name y, op_type Add
  "120167", // name
  "2a0d080110014201634a040000803f", // initializer: dims 1, FLOAT, name c, raw_data
  "5a160a0178120f0a0d080112090a0312016e0a0208011a00", // input x: tensor type, FLOAT, shape [n, 1], doc
  "62170a0179120f0a0d080112090a0312016e0a0208011a016f", // output y
  "42040a00100d", // opset_import: domain "", version 13
  "72060a016b120176", // metadata_props
];

test("a small model has the bytes that onnx.proto says", () => {
  expect(Buffer.from(encodeModel(MODEL)).toString("hex")).toBe(BYTES.join(""));
});

test("attributes are whole numbers, floats, texts and lists, epsilon a float though it is whole", () => {
  const attributes = { axis: -3, epsilon: 1, ratio: 0.5, mode: "linear", strides: [2, 1] };
  const nodes = [{ operator: "Any", inputs: [], output: "y", attributes }];
  expect(readModel(encodeModel({ ...MODEL, nodes })).nodes[0].attributes).toEqual(attributes);
  const epsilonAsFloat = "0a07657073696c6f6e150000803fa00101";
  expect(Buffer.from(encodeModel({ ...MODEL, nodes })).toString("hex")).toContain(epsilonAsFloat);
});

test("constants are float32 or int64, and may be single numbers", () => {
  const constants = [
    { name: "scalar", shape: [], values: Float32Array.of(Number.NEGATIVE_INFINITY) },
    { name: "shape", shape: [2], values: BigInt64Array.of(-1n, 3n) },
    { name: "part", shape: [2], values: Float32Array.of(9, 1, 2).subarray(1) },
  ];
  expect(readModel(encodeModel({ ...MODEL, constants })).constants).toEqual([
    { name: "scalar", shape: [], type: DataType.float32, values: [Number.NEGATIVE_INFINITY] },
    { name: "shape", shape: [2], type: DataType.int64, values: [-1, 3] },
    { name: "part", shape: [2], type: DataType.float32, values: [1, 2] },
  ]);
});
