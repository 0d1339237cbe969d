// What is known of the compilers that engines run on.

/** A module with a memory of 64-bit addresses. */
const MEMORY_64 = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1);

/** Forms of a product's tiles, by the codes of assembly/kernels/gemm.ts. */
export const TileForm = { OneStep: 0, Blocks: 1, FiveRows: 2, SixRows: 3 } as const;
export type TileForm = (typeof TileForm)[keyof typeof TileForm];

/**
 * The form of tiles that this runtime's compiler makes the quickest code of. Nothing but speed depends on it.
 *
 * - OneStep: 4 rows, one step of a sum in a loop's body. JavaScriptCore (Bun, Safari, WebKitGTK) spills sums: several steps
 *   cost it a quarter of its speed.
 * - Blocks: 4 rows, each step of the body a basic block. V8 before 12.5 (Node 20, 22) does all loads of a block first, and has no
 *   registers for those of several steps, which would cost it half its speed.
 * - FiveRows: SpiderMonkey (Firefox) has no register for a sixth row, and would lose half by it.
 * - SixRows: later V8. The strict engine takes 5.
 *
 * No interface tells compilers apart, so features do: JavaScriptCore has neither 64-bit memories nor stack switching, which
 * V8 has from Node 24 on; its errors know their `line`, and SpiderMonkey's their `lineNumber`. (measured: docs/benchmarks.md, Runtimes)
 */
export function tileForm(): TileForm {
  const error = new Error();
  if ("line" in error) return TileForm.OneStep;
  if (!("Suspending" in WebAssembly && WebAssembly.validate(MEMORY_64))) return TileForm.Blocks;
  return "lineNumber" in error ? TileForm.FiveRows : TileForm.SixRows;
}
