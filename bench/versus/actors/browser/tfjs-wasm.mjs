// As elsewhere, and told where its binaries lie.

import "./tfjs-binaries.mjs";

export { start } from "../tfjs-wasm.mjs";
