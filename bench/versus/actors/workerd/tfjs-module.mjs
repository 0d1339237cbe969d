// A Worker may neither fetch its own files nor compile bytes, and TensorFlow.js takes no compiled module: what it would
// fetch is the module that came with the Worker, and its one call of WebAssembly.instantiate is answered with that.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
import { env } from "@tensorflow/tfjs-core";

/** @returns what `start` returns, once the backend that it starts has taken the module */
export async function withModule(start) {
  env().platform.fetch = async () => ({ ok: true, arrayBuffer: async () => simd });
  setWasmPaths("./", true);
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (module, imports) => ({ instance: await instantiate(module, imports), module });
  try {
    return await start();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
