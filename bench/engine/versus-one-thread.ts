// Compares an update on several threads with the same update on one, timed in turns in a separate process (see versus-peak.ts).
//
// The process runs this file as a program. It receives one Job as a message and answers with a Speedup.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { threads } from "bellwether/threads";
import type { EngineBinary } from "../../src/index.ts";
import { DQN } from "../../src/index.ts";
import { longTrainedAgent, type UpdateShape, updateFlops } from "../agents/dqn.bench.ts";
import { takeTurns, undisturbed } from "../measure.ts";

export interface Job {
  readonly engine: EngineBinary;
  /** The same engine for shared memory. */
  readonly sharedEngine: EngineBinary;
  readonly threads: number;
  readonly shape: UpdateShape;
  readonly rounds: number;
}

export interface Speedup {
  /** Microseconds of one update on one thread, from undisturbed rounds. */
  readonly aloneMicroseconds: number;
  /** Microseconds of one update on several threads, from undisturbed rounds. */
  readonly microseconds: number;
  /** aloneMicroseconds / microseconds. */
  readonly ratio: number;
}

/** Number of updates after which both must have the same weights. */
const COMPARED_UPDATES = 3;
/** Operations of all rounds. Large updates get fewer rounds, because one takes a hundred times as long as the smallest. */
const FLOPS_OF_ALL_ROUNDS = 3e11;

/** @throws Error when the process ends without an answer */
export function measureSpeedup(job: Job): Promise<Speedup> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), { serialization: "advanced" });
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`versus-one-thread: a measurement ended with code ${code}.`)));
    child.send(job);
  });
}

async function measure({ engine, sharedEngine, threads: count, shape, rounds }: Job): Promise<Speedup> {
  const file = longTrainedAgent(shape, engine).save();
  const alone = DQN.load(file, { engine });
  const together = DQN.load(file, { backend: await threads({ threads: count, engine: sharedEngine }) });
  const agents = [alone, together];
  for (const agent of agents) agent.update({ maxUpdates: COMPARED_UPDATES });
  const [expected, actual] = await Promise.all(agents.map((agent) => agent.weightsSha256()));
  if (actual !== expected) throw new Error(`versus-one-thread: weights expected ${expected}, got ${actual}.`);
  const few = Math.ceil(FLOPS_OF_ALL_ROUNDS / updateFlops(shape));
  const [aloneMicroseconds, microseconds] = takeTurns(
    agents.map((agent) => ({ name: "", run: () => agent.update() })),
    Math.min(rounds, few),
  ).map(undisturbed);
  return { aloneMicroseconds, microseconds, ratio: aloneMicroseconds / microseconds };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", async (job: Job) => {
    const speedup = await measure(job);
    process.send?.(speedup, () => process.disconnect());
  });
}
