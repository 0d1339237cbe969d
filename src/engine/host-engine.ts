// The one engine instance that hosts share for scalar mathematics and environment random streams. It holds no state
// between calls: random streams copy theirs in and out (see random.ts).

import { Engine } from "./engine.ts";

let shared: Engine | undefined;

/** Returns the shared engine. It is created at first use, so that importing the library compiles nothing. */
export function hostEngine(): Engine {
  shared ??= new Engine();
  return shared;
}
