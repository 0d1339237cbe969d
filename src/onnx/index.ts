// A placeholder until the writer of ONNX models is here.

export function toOnnx(_agent: object, _options: object): Uint8Array {
  throw new RangeError("toOnnx: this build expected the writer of ONNX models, got none. Use exportWeights.");
}
