// Compares a product or an update with the peak of this core. Both are timed in turns in a separate process: in a process
// that loaded a compiler or another engine before, an update takes 2 to 3 % longer (measured, Node 24, same peak).
//
// The process runs this file as a program. It receives one Job as a message and answers with a Share.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import type { EngineBinary } from "../../src/index.ts";
import { longTrainedAgent, type UpdateShape, updateFlops } from "../agents/dqn.bench.ts";
import { type ConvolutionPass, convolutionTask, imageUpdateTask } from "../kernels/convolution.bench.ts";
import { gemmTask } from "../kernels/kernels.bench.ts";
import { median, takeTurns, undisturbed } from "../measure.ts";
import { byRate, findPeaks } from "./peak.ts";

export interface Job {
  readonly engine: EngineBinary;
  /** The loops from `compilePeak`. */
  readonly peak: Uint8Array;
  readonly rounds: number;
  /** A square product of this size, a convolution, an update of an agent, or an update of an image network with this batch. */
  readonly task:
    | { readonly gemm: number }
    | { readonly convolution: ConvolutionPass }
    | { readonly update: UpdateShape }
    | { readonly imageUpdate: number };
}

export interface Share {
  readonly microseconds: number;
  readonly gflops: number;
  /** Share of the peak, from the undisturbed rounds of both. */
  readonly share: number;
  /** Median over the rounds of the share of the peak in the same round. It is lower when other programs were running. */
  readonly medianShare: number;
  readonly peakGflops: number;
  readonly peakLoop: string;
}

/** @throws Error when the process ends without an answer */
export function measureVersusPeak(job: Job): Promise<Share> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), { serialization: "advanced" });
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`versus-peak: a measurement ended with code ${code}.`)));
    child.send(job);
  });
}

function measure({ engine, peak: binary, rounds, task }: Job): Share {
  const peaks = findPeaks(binary, 3);
  const { run, flops } = planTask(engine, task);
  const times = takeTurns([...peaks, { name: "", run }], rounds);
  const ours = times[peaks.length];
  const [best] = byRate(peaks, times);
  const microseconds = undisturbed(ours);
  const gflops = flops / microseconds / 1000;
  return {
    microseconds,
    gflops,
    share: gflops / best.gflops,
    medianShare: median(ours.map((time, i) => flops / time / (best.peak.flops / best.times[i]))),
    peakGflops: best.gflops,
    peakLoop: best.peak.name,
  };
}

function planTask(engine: EngineBinary, task: Job["task"]): { run: () => void; flops: number } {
  if ("gemm" in task) return gemmTask(engine, task.gemm);
  if ("convolution" in task) return convolutionTask(new WasmBackend(engine), task.convolution);
  if ("imageUpdate" in task) return imageUpdateTask(engine, task.imageUpdate);
  return updateTask(task.update, engine);
}

function updateTask(shape: UpdateShape, engine: EngineBinary): { run: () => void; flops: number } {
  const agent = longTrainedAgent(shape, engine);
  return { run: () => agent.update(), flops: updateFlops(shape) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", (job: Job) => process.send?.(measure(job), () => process.disconnect()));
}
