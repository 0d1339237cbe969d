// Gives TensorFlow.js a compiled module in a Worker. A Worker may neither fetch its own files nor compile bytes, and
// TensorFlow.js accepts no compiled module. So its fetch and its one call of WebAssembly.instantiate are replaced: both
// return the module that was deployed with the Worker.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
import { env } from "@tensorflow/tfjs-core";

/** Calls `start` with these replacements. @returns the result of `start`, after its backend has loaded the module */
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
