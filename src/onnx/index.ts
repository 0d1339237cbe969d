// The entry point "bellwether/onnx": writes trained agents as ONNX models.

export type { GraphAttributes, GraphWriter } from "../nn/module.ts";
export { type DescribedAgent, type OnnxOptions, toOnnx } from "./to-onnx.ts";
