// An update on several threads against the same update on one, timed in turns in a process of its own (see versus-peak.ts).
//
// Run as a program it is that process: it takes one Job as a message and answers with a Speedup.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { threads } from "bellwether/threads";
import type { EngineBinary } from "../../src/index.ts";
import { DQN } from "../../src/index.ts";
import { longTrainedAgent, type UpdateShape, updateFlops } from "../agents/dqn.bench.ts";
import { takeTurns, undisturbed } from "../measure.ts";

export interface Job {
  readonly engine: EngineBinary;
  /** The same for shared memory. */
  readonly sharedEngine: EngineBinary;
  readonly threads: number;
  readonly shape: UpdateShape;
  readonly rounds: number;
}

export interface Speedup {
  /** Of one update, on one thread and on several, undisturbed. */
  readonly aloneMicroseconds: number;
  readonly microseconds: number;
  /** One over the other. */
  readonly ratio: number;
}

/** Updates after which both must have the same weights. */
const COMPARED_UPDATES = 3;
/** A round of the largest update takes a hundred times as long as one of the smallest. */
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
