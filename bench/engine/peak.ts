// The peak of this core: the fastest loop of multiply-adds that use registers only. Several loops are tried, because the best
// depends on the processor's latencies. Kernels and updates are compared with the fastest loop.

import { type Timed, takeTurns, undisturbed } from "../measure.ts";

const ITERATIONS = 4000;

type MultiplyAdd = (sum: string, x: string, y: string) => string;

interface Loop {
  readonly name: string;
  /** Number of multiply-adds of four lanes in a turn of the loop, one for each of the sums c0, c1, ... */
  readonly steps: number;
  /** Other variables and their initial numbers. */
  readonly others: Readonly<Record<string, number>>;
  readonly turn: (madd: MultiplyAdd) => string;
}

/** Returns a loop of c = y + c x: a turn waits for the product and sum of the turn before. */
function chains(steps: number): Loop {
  const turn = (madd: MultiplyAdd): string => sums(steps, (c) => madd("y", c, "x"));
  return { name: `${steps} chains`, steps, others: { x: 1e-9, y: 1e-10 }, turn };
}

/**
 * Returns a loop of c = c + d e: a turn waits for the sum only. Two of the factors are exchanged in every turn, so that no
 * compiler moves products out of the loop. (measured, Node 24, Zen 4 with two multiplications and two additions per cycle,
 * limit 59 GFLOP/s: 8 of these reach 56.6, 13 chains 53.8)
 */
function products(steps: number): Loop {
  const half = steps / 2;
  const factors = Object.fromEntries(Array.from({ length: half }, (_, i) => [`d${i}`, (i + 1) * 1e-9]));
  const turn = (madd: MultiplyAdd): string =>
    `${sums(steps, (c, i) => madd(c, `d${i % half}`, i < half ? "e" : "g"))} const swap = e; e = g; g = swap;`;
  return { name: `${steps} sums of products`, steps, others: { ...factors, e: 1e-3, g: 2e-3 }, turn };
}

function sums(count: number, next: (c: string, i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `c${i} = ${next(`c${i}`, i)};`).join(" ");
}

const LOOPS: readonly Loop[] = [...[8, 10, 12, 13, 14].map(chains), ...[6, 8].map(products)];

function source(relaxed: boolean): string {
  const madd: MultiplyAdd = (sum, x, y) =>
    relaxed ? `f32x4.relaxed_madd(${x}, ${y}, ${sum})` : `f32x4.add(${sum}, f32x4.mul(${x}, ${y}))`;
  return LOOPS.map(({ steps, others, turn }, index) => {
    const totals = Array.from({ length: steps }, (_, i) => `c${i}`);
    const variables = [
      ...totals.map((c, i) => `${c} = f32x4.splat(${i})`),
      ...Object.entries(others).map(([name, start]) => `${name} = f32x4.splat(<f32>n * ${start})`),
    ];
    return `export function loop_${index}(n: i32): f32 {
      let ${variables.join(", ")};
      for (let i = 0; i < n; i++) { ${turn(madd)} }
      return f32x4.extract_lane(${totals.reduce((sum, c) => `f32x4.add(${sum}, ${c})`)}, 0);
    }`;
  }).join("\n");
}

export interface Peak extends Timed {
  readonly flops: number;
}

/** Compiles the loops to WebAssembly. @throws Error when they do not compile */
export async function compilePeak(relaxed: boolean): Promise<Uint8Array> {
  // Imported only here, because the compiler slows down code that is timed in the same process (see versus-peak.ts).
  const { compileString } = await import("assemblyscript/asc");
  const { binary, stderr } = await compileString(source(relaxed), {
    optimizeLevel: 2,
    runtime: "stub",
    enable: relaxed ? ["simd", "relaxed-simd"] : ["simd"],
  });
  if (binary === null) throw new Error(`peak: the loops do not compile. ${stderr.toString()}`);
  return binary;
}

/**
 * Returns the fastest of `compilePeak`'s loops on this machine, the fastest first. Time them again together with the compared
 * code: in a bad moment the best loop may appear second. @throws WebAssembly.CompileError without relaxed SIMD
 */
export function findPeaks(binary: Uint8Array, count: number): Peak[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary as BufferSource));
  const loops = LOOPS.map(({ name, steps }, index): Peak => {
    const loop = exports[`loop_${index}`] as (n: number) => number;
    return { name, flops: 8 * steps * ITERATIONS, run: () => loop(ITERATIONS) };
  });
  return byRate(loops, takeTurns(loops, 41))
    .slice(0, count)
    .map(({ peak }) => peak);
}

/** Returns the loops with their rates in undisturbed rounds, in GFLOP/s, the fastest first. @param times from `takeTurns` */
export function byRate(
  peaks: readonly Peak[],
  times: readonly (readonly number[])[],
): { readonly peak: Peak; readonly times: readonly number[]; readonly gflops: number }[] {
  return peaks
    .map((peak, i) => ({ peak, times: times[i], gflops: peak.flops / undisturbed(times[i]) / 1000 }))
    .sort((a, b) => b.gflops - a.gflops);
}
