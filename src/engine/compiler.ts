// Facts about the compilers that run engines, and the settings that follow from them.

/** A module whose memory has 64-bit addresses. */
const MEMORY_64 = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1);

/** Forms of the tiles of a matrix product, with the codes of assembly/kernels/gemm.ts. */
export const TileForm = { OneStep: 0, Blocks: 1, FiveRows: 2, SixRows: 3 } as const;
export type TileForm = (typeof TileForm)[keyof typeof TileForm];

/**
 * Returns the form of tiles for which this runtime's compiler makes the fastest code. Only speed depends on the form.
 *
 * - OneStep: 4 rows, one step of a sum in the body of a loop. JavaScriptCore (Bun, Safari, WebKitGTK) spills sums: several
 *   steps cost a quarter of its speed.
 * - Blocks: 4 rows, each step of the body a basic block. V8 before 12.5 (Node 20, 22) does all loads of a block first. It
 *   has no registers for the loads of several steps, which would cost half its speed.
 * - FiveRows: SpiderMonkey (Firefox) has no register for a sixth row, which would cost half its speed.
 * - SixRows: later V8. The strict engine takes 5.
 *
 * No interface names the compiler, so features identify it. JavaScriptCore has neither 64-bit memories nor stack switching;
 * V8 has both from Node 24 on. Errors have a `line` in JavaScriptCore, a `lineNumber` in SpiderMonkey.
 * (measured: docs/benchmarks.md, Runtimes)
 */
export function tileForm(): TileForm {
  const error = new Error();
  if ("line" in error) return TileForm.OneStep;
  if (!("Suspending" in WebAssembly && WebAssembly.validate(MEMORY_64))) return TileForm.Blocks;
  return "lineNumber" in error ? TileForm.FiveRows : TileForm.SixRows;
}
