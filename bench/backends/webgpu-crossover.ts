// Finds the network size from which a GPU is faster. Updates of each shape are timed on the engine and on this machine's
// adapter, until their numbers are back on the host. On a software adapter there is no such size.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { webgpu } from "../../src/backends/webgpu/index.ts";
import type { DQN } from "../../src/index.ts";
import { shapeName, trainedAgent, UPDATE_SHAPES, updateFlops } from "../agents/dqn.bench.ts";
import { median } from "../measure.ts";

type Gpu = NonNullable<NonNullable<Parameters<typeof webgpu>[0]>["gpu"]>;

/** Length of a round. A round waits for its last update. */
const ROUND_MS = 300;
/** If a single update takes longer than this, larger shapes are left out. */
const PATIENCE_MS = 3000;

/** Measures all shapes. @param report prints a line and keeps a result */
export async function reportCrossover(
  rounds: number,
  report: (text: string, result: Record<string, unknown>) => void,
): Promise<void> {
  const gpu = await findGpu();
  const { info } = (await gpu.requestAdapter({ powerPreference: "high-performance" })) ?? {};
  const adapter = info?.description || info?.vendor || "an unnamed adapter";
  console.log(`\nupdates on ${adapter}, beside the strict engine`);
  const points: { readonly flops: number; readonly ratio: number }[] = [];
  for (const shape of UPDATE_SHAPES) {
    const device = trainedAgent(shape, 0, undefined, { backend: await webgpu({ gpu }) });
    const engine = trainedAgent(shape, 0);
    const name = `webgpu/${shapeName(shape)}/b${shape.batchSize}`;
    // The first one compiles the kernels.
    await milliseconds(device, 1);
    const patience = await milliseconds(device, 1);
    const [ours, theirs] = [await perUpdate(device, rounds), await perUpdate(engine, rounds)];
    device.dispose();
    const ratio = theirs / ours;
    points.push({ flops: updateFlops(shape), ratio });
    report(
      `  ${name.padEnd(32)} ${(ours * 1000).toFixed(0)} us; the engine ${(theirs * 1000).toFixed(0)} us, ${ratio.toFixed(3)} times as fast`,
      { name, adapter, microseconds: Math.round(ours * 1000), timesEngine: Number(ratio.toFixed(4)) },
    );
    if (patience > PATIENCE_MS) {
      console.log(`  larger shapes are left out: one update took ${(patience / 1000).toFixed(1)} s`);
      break;
    }
  }
  const flops = crossover(points);
  report(
    flops === undefined
      ? "  no crossover among these shapes"
      : `  the device pays from about ${(flops / 1e6).toFixed(0)} million operations per update (8 x weights x batch)`,
    { name: "webgpu/crossover", adapter, flops: flops === undefined ? null : Math.round(flops) },
  );
}

/** Returns the operations at which the ratio passes 1, interpolated linearly between logarithms. */
function crossover(points: readonly { readonly flops: number; readonly ratio: number }[]): number | undefined {
  if (points[0].ratio >= 1) return points[0].flops;
  const next = points.findIndex(({ ratio }) => ratio >= 1);
  if (next < 0) return undefined;
  const [below, above] = [points[next - 1], points[next]];
  const share = -Math.log(below.ratio) / (Math.log(above.ratio) - Math.log(below.ratio));
  return below.flops * (above.flops / below.flops) ** share;
}

/** Returns the milliseconds of `updates` updates, until their numbers are back on the host. */
async function milliseconds(agent: DQN, updates: number): Promise<number> {
  const begun = performance.now();
  agent.update({ maxUpdates: updates });
  await agent.sync();
  return performance.now() - begun;
}

async function perUpdate(agent: DQN, rounds: number): Promise<number> {
  let updates = 1;
  while (updates < 4096 && (await milliseconds(agent, updates)) < ROUND_MS / 2) updates *= 2;
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await milliseconds(agent, updates)) / updates);
  return median(times);
}

/** Returns navigator.gpu, or the one of the package that test/webgpu installs. */
async function findGpu(): Promise<Gpu> {
  const { gpu } = (globalThis.navigator as unknown as { readonly gpu?: Gpu }) ?? {};
  if (gpu !== undefined) return gpu;
  try {
    const path = createRequire(join(process.cwd(), "test/webgpu/package.json")).resolve("webgpu");
    const { create } = (await import(pathToFileURL(path).href)) as { create: (flags: string[]) => Gpu };
    return create([]);
  } catch (error) {
    throw new Error("bench: --webgpu expected the package webgpu. Run npm --prefix test/webgpu install.", {
      cause: error,
    });
  }
}
