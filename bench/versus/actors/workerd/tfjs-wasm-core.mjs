// The actor of ../tfjs-wasm-core.mjs, with its binary as a module.

import { start as startElsewhere } from "../tfjs-wasm-core.mjs";
import { withModule } from "./tfjs-module.mjs";

export function start(policy) {
  return withModule(() => startElsewhere(policy));
}
