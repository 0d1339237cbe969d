// Opens the adapter that WebGPU finds here and makes the WebGPU backend the one that the conformance suite runs over.

import { create, globals } from "webgpu";
import { WebGpuBackend } from "../../src/backends/webgpu/webgpu-backend.ts";

Object.assign(globalThis, globals);
const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (adapter === null)
  throw new Error("test/webgpu: adapter expected, got none. Run npm run test:webgpu, which finds one.");
const device = await adapter.requestDevice();

/** A `BackendCase` of test/conformance/backends.ts. */
const webGpuCase = {
  name: "webgpu",
  create: () => new WebGpuBackend(device),
  // Float32 sums of some hundred products in another order, or with products fused into them.
  tolerance: 1e-5,
  agreement: "within 1e-5",
  kinds: ["ordinary"],
  isImmediate: false,
};
// Dawn lives only as long as somebody holds on to it.
Object.assign(globalThis, { webGpuCase, gpu });
