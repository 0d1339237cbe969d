import relaxed from "bellwether/relaxed";
import { expect, test } from "vitest";
import { isMultiplyAddFused } from "../../src/cli/fused-probe.ts";
import { supportsEngine } from "../../src/engine/engine.ts";

// Node 20 has relaxed SIMD behind a flag; doctor.test.ts asks with it.
test("the processor is asked where there is relaxed SIMD, and nothing is said where there is none", () => {
  expect(isMultiplyAddFused()).toEqual(supportsEngine(relaxed) ? expect.any(Boolean) : undefined);
});
