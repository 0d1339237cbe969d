// What is known of the compilers that engines run on.

/** A module with a memory of 64-bit addresses. */
const MEMORY_64 = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1);

/**
 * Whether this runtime's compiler does best with a single step in the body of a product's loop.
 *
 * V8 before 12.5 (Node 20, 22) does all loads of the body first, and JavaScriptCore (Bun, Safari, WebKitGTK) spills sums:
 * several steps cost the former half of their speed and the latter a quarter. Later V8 and SpiderMonkey gain a quarter
 * by them. No interface tells compilers apart; these two features came at the right times: JavaScriptCore lacks 64-bit
 * memories, V8 has had them from 12 and `Promise.try` from 12.8 on. Nothing but speed depends on it.
 * (measured: npm run bench:runtimes, docs/benchmarks.md)
 */
export function prefersShortLoops(): boolean {
  return !("try" in Promise && WebAssembly.validate(MEMORY_64));
}
