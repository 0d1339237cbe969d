// Measures what calls allocate, away from the test runner, which allocates itself. Run with --expose-gc.

import { PerformanceObserver } from "node:perf_hooks";

const MOST_WINDOWS = 12;
const isClean = (window) => window.bytesPerCall < 2 && window.collections === 0;

let collections = 0;
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

function repeat(call, count) {
  for (let i = 0; i < count; i++) call();
}

/**
 * Prints JSON: bytes per call and garbage collections, by call.
 * @param calls functions by name; all are warmed up together, then measured one by one
 * @param warmUps, counts calls of each, by name
 */
export async function printAllocations(calls, warmUps, counts) {
  new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  }).observe({ entryTypes: ["gc"] });
  // Until the optimising compiler is done: before, numbers in unoptimised code are heap objects.
  for (let round = 0; round < 5; round++) {
    for (const [name, call] of Object.entries(calls)) repeat(call, warmUps[name]);
    await settle();
  }
  const result = {};
  for (const [name, call] of Object.entries(calls)) {
    // What a call allocates shows in every window; what a busy machine's late recompilation does, in some of the first: they go
    // on until one is clean (measured: up to 4.3 bytes a call in each of three, 0.3 in later ones).
    const windows = [];
    while (windows.length < MOST_WINDOWS && !windows.some(isClean)) {
      repeat(call, warmUps[name]);
      globalThis.gc();
      await settle();
      collections = 0;
      const before = process.memoryUsage().heapUsed;
      repeat(call, counts[name]);
      const bytes = process.memoryUsage().heapUsed - before;
      await settle();
      windows.push({ bytesPerCall: bytes / counts[name], collections });
    }
    // A collection takes away what else would be counted: windows without one are the ones to believe.
    windows.sort((a, b) => a.collections - b.collections || a.bytesPerCall - b.bytesPerCall);
    result[name] = windows[0];
  }
  process.stdout.write(JSON.stringify(result));
}
