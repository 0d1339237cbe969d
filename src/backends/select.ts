// From a backend's name to a backend: the only place that knows all of them.

import type { Backend } from "../backend.ts";
import type { EngineBinary } from "../engine/engine.ts";
import { show } from "../errors.ts";
import { ReferenceBackend } from "./reference/reference-backend.ts";
import { WasmBackend } from "./wasm/wasm-backend.ts";

export type BackendName = "wasm" | "reference";

/** @throws RangeError for an unknown name; TypeError when the reference backend is given an engine */
export function createBackend(where: string, name: BackendName = "wasm", engine?: EngineBinary): Backend {
  switch (name) {
    case "wasm":
      return new WasmBackend(engine);
    case "reference":
      if (engine !== undefined) {
        throw new TypeError(
          `${where}: engine expected none for the reference backend, got ${engine.name}. Leave one of them out.`,
        );
      }
      return new ReferenceBackend();
    default:
      throw new RangeError(
        `${where}: backend expected "wasm" or "reference", got ${show(name)}. Leave it out for "wasm".`,
      );
  }
}
