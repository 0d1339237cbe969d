// Writes an ONNX model as bytes. Field and type numbers: onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

import type { GraphAttributes } from "../nn/module.ts";
import { bytes, float, integer, join, message, text } from "./protobuf.ts";

/** TensorProto.DataType */
export const DataType = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

/** AttributeProto.AttributeType */
const AttributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Attributes that are always written as floats, even when their value is a whole number. */
const FLOATS = ["alpha", "beta", "epsilon", "gamma"];

/** One operation of the graph. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: GraphAttributes;
}

/** A constant of the graph. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: number;
  /** Length of each dimension; a name where any length is allowed. */
  readonly shape: readonly (number | string)[];
  readonly doc: string;
}

/** Everything that an .onnx file holds. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly operatorSet: number;
  readonly producer: string;
  readonly doc: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string;
  /** In order of computation: a node comes after the nodes whose outputs it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Writes the bytes of an .onnx file. The same model gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = [
    ...model.nodes.map((node) => message(1, encodeNode(node))),
    text(2, model.name),
    ...model.constants.map((tensor) => message(5, encodeTensor(tensor))),
    ...model.inputs.map((value) => message(11, encodeValue(value))),
    ...model.outputs.map((value) => message(12, encodeValue(value))),
  ];
  return join([
    integer(1, model.irVersion),
    text(2, model.producer),
    text(6, model.doc),
    message(7, graph),
    message(8, [text(1, ""), integer(2, model.operatorSet)]),
    ...Object.entries(model.metadata).map(([key, value]) => message(14, [text(1, key), text(2, value)])),
  ]);
}

function encodeNode({ operator, inputs, output, attributes }: OnnxNode): Uint8Array[] {
  return [
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), ...encodeAttribute(name, value)])),
  ];
}

function encodeAttribute(name: string, value: number | string | readonly number[]): Uint8Array[] {
  if (typeof value === "string") return [text(4, value), integer(20, AttributeType.string)];
  if (typeof value !== "number") return [...value.map((item) => integer(8, item)), integer(20, AttributeType.ints)];
  const isFloat = !Number.isInteger(value) || FLOATS.includes(name);
  return isFloat
    ? [float(2, value), integer(20, AttributeType.float)]
    : [integer(3, value), integer(20, AttributeType.int)];
}

function encodeTensor({ name, shape, values }: OnnxTensor): Uint8Array[] {
  const type = values instanceof Float32Array ? DataType.float32 : DataType.int64;
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return [...shape.map((length) => integer(1, length)), integer(2, type), text(8, name), bytes(9, raw)];
}

function encodeValue({ name, type, shape, doc }: OnnxValue): Uint8Array[] {
  const lengths = shape.map((length) =>
    message(1, [typeof length === "string" ? text(2, length) : integer(1, length)]),
  );
  return [text(1, name), message(2, [message(1, [integer(1, type), message(2, lengths)])]), text(3, doc)];
}
