// What the option `backend` takes, and the only place that turns it into a backend. Backends that few agents run on are
// functions that their user imports: an agent on the default one carries no other.

import type { Backend } from "../backend.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { show } from "../errors.ts";
import { WasmBackend } from "./wasm/wasm-backend.ts";

/** "wasm", or a function that makes a backend for one agent: `reference` of `bellwether/reference`. */
export type BackendChoice = "wasm" | (() => Backend);

/**
 * @param engine the binary of the wasm backend
 * @throws RangeError for a choice that makes no backend; TypeError when a backend without an engine is given one
 */
export function createBackend(where: string, choice: BackendChoice = "wasm", engine?: EngineBinary): Backend {
  if (choice === "wasm") return new WasmBackend(engine);
  if (typeof choice !== "function") {
    const advice =
      (choice as unknown) === "reference"
        ? 'Import { reference } from "bellwether/reference" and pass that.'
        : 'Leave it out for "wasm".';
    throw new RangeError(
      `${where}: backend expected "wasm" or a function that makes one, got ${show(choice)}. ${advice}`,
    );
  }
  if (engine !== undefined) {
    throw new TypeError(
      `${where}: engine expected none for a backend other than wasm, got ${engine.name}. Leave one of them out.`,
    );
  }
  return choice();
}
