// The public entry "bellwether/reference": the specification as a backend.

import type { Backend } from "../../backend.ts";
import { ReferenceBackend } from "./reference-backend.ts";

/**
 * Makes the reference backend, for the option `backend` of an agent: `new DQN(env, { backend: reference })`. Every operation
 * is a plain loop, without WebAssembly in the networks. The engine is checked against this backend, bit for bit, and is many
 * times faster.
 */
export function reference(): Backend {
  return new ReferenceBackend();
}
