// The backends that the conformance suite runs over. The first is the specification; the others must equal it.

import type { Backend } from "../../src/backend.ts";
import { ReferenceBackend } from "../../src/backends/reference/reference-backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";

export interface BackendCase {
  readonly name: Backend["name"];
  readonly create: () => Backend;
}

export const BACKENDS: readonly BackendCase[] = [
  { name: "reference", create: () => new ReferenceBackend() },
  { name: "wasm", create: () => new WasmBackend() },
];
