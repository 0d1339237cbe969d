// Trained agents as ONNX models: the public face of "bellwether/onnx".

export type { GraphAttributes, GraphWriter } from "../nn/module.ts";
export { type DescribedAgent, type OnnxOptions, toOnnx } from "./to-onnx.ts";
