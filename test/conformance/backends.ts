// The backends that the conformance suite runs over. The first is the specification; the others must equal it. The WebGPU
// backend is held to it where an adapter is: test/webgpu opens one and runs the suite on it (`npm run test:webgpu`).

import { test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { ReferenceBackend } from "../../src/backends/reference/reference-backend.ts";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { openTeam } from "../backends/threads/open-team.ts";
import type { Wildness } from "./sampler.ts";

export interface BackendCase {
  readonly name: Backend["name"] | "threads";
  readonly create: () => Backend;
  /** |difference| <= tolerance x max(1, |reference|); 0: equal bits. */
  readonly tolerance: number;
  /** The same in words. */
  readonly agreement: string;
  /** Inputs that it is held to. */
  readonly kinds: readonly Wildness[];
  /** Whether it answers at once: reads, and the choice of an action. */
  readonly isImmediate: boolean;
}

const ALL_KINDS: readonly Wildness[] = ["ordinary", "finite", "wild"];
const exact = { tolerance: 0, agreement: "bit for bit", kinds: ALL_KINDS, isImmediate: true };

/** Set by test/webgpu/open-device.mjs before the suite is loaded. */
const { webGpuCase } = globalThis as { webGpuCase?: BackendCase };

/** Three threads, every operation cut up; one team for all backends of a file. */
const team = webGpuCase === undefined ? await openTeam(3) : undefined;

export const BACKENDS: readonly BackendCase[] = [
  { name: "reference", create: () => new ReferenceBackend(), ...exact },
  webGpuCase ?? { name: "wasm", create: () => new WasmBackend(), ...exact },
  ...(team === undefined ? [] : [{ name: "threads" as const, create: () => new WasmBackend(team.engine), ...exact }]),
];

/** Those that are held to the reference. */
export const CONTENDERS: readonly BackendCase[] = BACKENDS.slice(1);

/** Names, as skipped tests, the inputs that a backend is not held to. */
export function skipsOf(kinds: readonly Wildness[]): void {
  if (kinds.includes("wild")) return;
  test.skip("numbers that are not finite, or at the ends of the range: WGSL leaves them open", () => {});
}
