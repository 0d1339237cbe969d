// Writes a policy as an ONNX model: dense layers (Gemm) with ReLU between them, encoded as protocol buffers by hand. Field
// numbers: onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Operators are from set 18.

const [FLOAT, INT] = [1, 2];
const [IR_VERSION, OPERATOR_SET] = [9, 18];

/** @param layers see policy.mjs @returns the bytes of a model from "observation" [1, inputs] to "values" [1, actions] */
export function encodePolicy(layers) {
  const last = layers.length - 1;
  const nodes = layers.flatMap((_, i) => {
    const input = i === 0 ? "observation" : `hidden${i - 1}`;
    const output = i === last ? "values" : `sum${i}`;
    const gemm = node("Gemm", [input, `weight${i}`, `bias${i}`], output, { transB: 1 });
    return i === last ? [gemm] : [gemm, node("Relu", [output], `hidden${i}`, {})];
  });
  const parameters = layers.flatMap(({ inputs, outputs, weight, bias }, i) => [
    tensor(`weight${i}`, [outputs, inputs], weight),
    tensor(`bias${i}`, [outputs], bias),
  ]);
  const graph = [
    ...nodes.map((bytes) => message(1, bytes)),
    text(2, "policy"),
    ...parameters.map((bytes) => message(5, bytes)),
    message(11, valueInfo("observation", [1, layers[0].inputs])),
    message(12, valueInfo("values", [1, layers[last].outputs])),
  ];
  return join([integer(1, IR_VERSION), message(7, join(graph)), message(8, integer(2, OPERATOR_SET))]);
}

function node(operator, inputs, output, attributes) {
  return join([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      message(5, join([text(1, name), integer(3, value), integer(20, INT)])),
    ),
  ]);
}

function tensor(name, shape, { buffer, byteOffset, byteLength }) {
  const raw = new Uint8Array(buffer, byteOffset, byteLength);
  return join([...shape.map((size) => integer(1, size)), integer(2, FLOAT), text(8, name), message(9, raw)]);
}

function valueInfo(name, shape) {
  const dimensions = shape.map((size) => message(1, integer(1, size)));
  return join([text(1, name), message(2, message(1, join([integer(1, FLOAT), message(2, join(dimensions))])))]);
}

function text(field, value) {
  return message(field, new TextEncoder().encode(value));
}

function message(field, bytes) {
  return join([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function integer(field, value) {
  return join([varint(field << 3), varint(value)]);
}

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function join(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
