// What is known of the compilers that engines run on.

/** A module with a memory of 64-bit addresses. */
const MEMORY_64 = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1);

/**
 * How many rows a tile of a product has at most, for this runtime's compiler. Nothing but speed depends on it.
 *
 * - 4, and one step of a sum in a loop's body: V8 before 12.5 (Node 20, 22) does all loads of a body first, and
 *   JavaScriptCore (Bun, Safari, WebKitGTK) spills sums, so that tiles of several steps cost the former half of their speed
 *   and the latter a quarter. Other compilers gain a quarter by them.
 * - 5: SpiderMonkey (Firefox) has no register for a sixth row, and would lose half by it.
 * - 6: later V8. The strict engine takes 5.
 *
 * No interface tells compilers apart, so features do: JavaScriptCore has neither 64-bit memories nor stack switching, which
 * V8 has from Node 24 on, and SpiderMonkey's errors know their line. (measured: docs/benchmarks.md, Runtimes)
 */
export function tileRows(): 4 | 5 | 6 {
  if (!("Suspending" in WebAssembly && WebAssembly.validate(MEMORY_64))) return 4;
  return "lineNumber" in new Error() ? 5 : 6;
}
