// The peak of this core: the fastest loop of multiply-adds that touch registers only. Several numbers of accumulators are
// tried, since the best depends on the processor's latencies; the winner is what kernels and updates are held against.

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

/** The loops as WebAssembly. @throws Error when they do not compile */
export async function compilePeak(relaxed: boolean): Promise<Uint8Array> {
  // Loaded only here: the compiler slows down whatever is timed in its process (see versus-peak.ts).
  const { compileString } = await import("assemblyscript/asc");
  const { binary, stderr } = await compileString(source(relaxed), {
    optimizeLevel: 2,
    runtime: "stub",
    enable: relaxed ? ["simd", "relaxed-simd"] : ["simd"],
  });
  if (binary === null) throw new Error(`peak: the loops do not compile. ${stderr.toString()}`);
  return binary;
}

/** The fastest of `compilePeak`'s loops on this machine. @throws WebAssembly.CompileError without relaxed SIMD */
export function findPeak(binary: Uint8Array): Peak {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary as BufferSource));
  const loops = ACCUMULATORS.map((n): Peak => {
    const loop = exports[`peak_${n}`] as (n: number) => number;
    return { name: `${n} accumulators`, flops: 8 * n * ITERATIONS, run: () => loop(ITERATIONS) };
  });
  const times = takeTurns(loops, 41).map(median);
  return loops.reduce((best, loop, i) =>
    loop.flops / times[i] > best.flops / times[loops.indexOf(best)] ? loop : best,
  );
}
