// The specification as a backend: the public face of "bellwether/reference".

import type { Backend } from "../../backend.ts";
import { ReferenceBackend } from "./reference-backend.ts";

/**
 * For an agent's option `backend`: `new DQN(env, { backend: reference })`. Every operation as the plainest loop, without
 * WebAssembly in the networks: what the engine is checked against, bit for bit, and many times slower.
 */
export function reference(): Backend {
  return new ReferenceBackend();
}
