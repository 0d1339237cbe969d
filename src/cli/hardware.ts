// Finds the backend and engine that --backend and --engine name.

import { reference } from "../backends/reference/index.ts";
import { supportsEngine } from "../engine/engine.ts";
import { show } from "../errors.ts";
import type { Algorithm, Hardware } from "./algorithm.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError for an unknown name, an algorithm without a network, or a runtime without relaxed SIMD for "relaxed" */
export async function findHardware(
  { about, hasNetwork }: Algorithm,
  backend: string | undefined,
  engine: string | undefined,
): Promise<Hardware> {
  if (backend === undefined && engine === undefined) return {};
  if (!hasNetwork) {
    throw new UsageError(
      `${about.algorithm} expected neither --backend nor --engine: it has no network. Leave them out.`,
    );
  }
  if (backend !== undefined && backend !== "wasm" && backend !== "reference") {
    throw new UsageError(`--backend expected "wasm" or "reference", got ${show(backend)}. Leave it out for "wasm".`);
  }
  if (engine !== undefined && engine !== "strict" && engine !== "relaxed") {
    throw new UsageError(`--engine expected "strict" or "relaxed", got ${show(engine)}. Leave it out for "strict".`);
  }
  const relaxed = engine === "relaxed" ? (await import("bellwether/relaxed")).default : undefined;
  if (relaxed !== undefined && !supportsEngine(relaxed)) {
    throw new UsageError("--engine relaxed expected relaxed SIMD, got a runtime without it. Leave it out for strict.");
  }
  return {
    ...(backend !== undefined && { backend: backend === "reference" ? reference : backend }),
    ...(relaxed && { engine: relaxed }),
  };
}
