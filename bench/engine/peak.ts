// The peak of this core: the fastest loop of multiply-adds that touch registers only. Several numbers of accumulators are
// tried, since the best depends on the processor's latencies; the winner is what kernels and updates are held against.

import { compileString } from "assemblyscript/asc";
import { median, type Timed, takeTurns } from "../measure.ts";

const ITERATIONS = 4000;
const ACCUMULATORS = [8, 10, 12, 13, 14];

/** c = c x + y, or with relaxed SIMD the fused form; N independent chains. */
function source(relaxed: boolean): string {
  const loops = ACCUMULATORS.map((n) => {
    const chains = Array.from({ length: n }, (_, i) => `c${i}`);
    const step = (c: string): string =>
      relaxed ? `${c} = f32x4.relaxed_madd(${c}, x, y);` : `${c} = f32x4.add(y, f32x4.mul(${c}, x));`;
    return `export function peak_${n}(n: i32): f32 {
      const x = f32x4.splat(<f32>n * 1e-9), y = f32x4.splat(<f32>n * 1e-10);
      let ${chains.map((c, i) => `${c} = f32x4.splat(${i})`).join(", ")};
      for (let i = 0; i < n; i++) { ${chains.map(step).join(" ")} }
      return f32x4.extract_lane(${chains.reduce((sum, c) => `f32x4.add(${sum}, ${c})`)}, 0);
    }`;
  });
  return loops.join("\n");
}

export interface Peak extends Timed {
  readonly flops: number;
}

/** The fastest loop found on this machine. @throws Error when the loops do not compile */
export async function findPeak(relaxed: boolean): Promise<Peak> {
  const { binary, stderr } = await compileString(source(relaxed), {
    optimizeLevel: 2,
    runtime: "stub",
    enable: relaxed ? ["simd", "relaxed-simd"] : ["simd"],
  });
  if (binary === null) throw new Error(`peak: the loops do not compile. ${stderr.toString()}`);
  const { instance } = (await WebAssembly.instantiate(
    binary,
    {},
  )) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
  const loops = ACCUMULATORS.map((n): Peak => {
    const loop = instance.exports[`peak_${n}`] as (n: number) => number;
    return { name: `peak ${n}`, flops: 8 * n * ITERATIONS, run: () => loop(ITERATIONS) };
  });
  const times = takeTurns(loops, 41).map(median);
  return loops.reduce((best, loop, i) =>
    loop.flops / times[i] > best.flops / times[loops.indexOf(best)] ? loop : best,
  );
}
