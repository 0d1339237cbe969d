// Measures the host's share of an update. Whole updates, and only their calls into the engine, are timed in turns in a
// separate process (see ../engine/versus-peak.ts). That process runs this file as a program.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { median, takeTurns } from "../measure.ts";
import { trainedAgent, type UpdateShape } from "./dqn.bench.ts";
import { RecordingBackend, replayCalls } from "./kernel-calls.ts";

export interface HostOverhead {
  /** Microseconds of an update. */
  readonly update: number;
  /** Microseconds of the kernels of an update. */
  readonly kernels: number;
  /** 1 - kernels / update, median over the rounds. */
  readonly fraction: number;
}

interface Job {
  readonly shape: UpdateShape;
  readonly updates: number;
  readonly rounds: number;
}

/**
 * Measures in a new process.
 * @param updates number of updates before the first timed one
 * @throws Error when the process ends without an answer
 */
export function measureHostOverhead(shape: UpdateShape, updates: number, rounds: number): Promise<HostOverhead> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url));
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`host-overhead: the measurement ended with code ${code}.`)));
    child.send({ shape, updates, rounds } satisfies Job);
  });
}

function measure({ shape, updates, rounds }: Job): HostOverhead {
  const recording = new RecordingBackend();
  const recorded = trainedAgent(shape, updates, undefined, { backend: () => recording });
  const calls = recording.record(() => recorded.update());

  const backend = new WasmBackend();
  const agent = trainedAgent(shape, updates, undefined, { backend: () => backend });
  const [update, kernels] = takeTurns(
    [
      { name: "update", run: () => agent.update() },
      { name: "kernels", run: replayCalls(backend, calls) },
    ],
    rounds,
  );
  return {
    update: median(update),
    kernels: median(kernels),
    fraction: median(update.map((time, round) => 1 - kernels[round] / time)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", (job: Job) => process.send?.(measure(job), () => process.disconnect()));
}
