// The actor of ../tfjs-wasm.mjs, with the path of its binaries.

import "./tfjs-binaries.mjs";

export { start } from "../tfjs-wasm.mjs";
