// A Worker may neither fetch its own files nor compile bytes, and TensorFlow.js takes no compiled module: what it would
// fetch is the module that came with the Worker, and its one call of WebAssembly.instantiate is answered with that.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
import { env } from "@tensorflow/tfjs-core";
import { start as startElsewhere } from "../tfjs-wasm.mjs";

export async function start(policy) {
  env().platform.fetch = async () => ({ ok: true, arrayBuffer: async () => simd });
  setWasmPaths("./", true);
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (module, imports) => ({ instance: await instantiate(module, imports), module });
  try {
    return await startElsewhere(policy);
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
