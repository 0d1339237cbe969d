// How much of an update is the host's: updates, and the calls into the engine that they consist of, timed in turns, in a
// process of its own (see ../engine/versus-peak.ts). Run as a program it is that process.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WasmBackend } from "../../src/backends/wasm/wasm-backend.ts";
import { median, takeTurns } from "../measure.ts";
import { trainedAgent, type UpdateShape } from "./dqn.bench.ts";
import { RecordingBackend, replayCalls } from "./kernel-calls.ts";

export interface HostOverhead {
  /** Of an update, in microseconds, and of its kernels. */
  readonly update: number;
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
 * @param updates made before the first that is timed
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
