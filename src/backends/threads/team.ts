// A team: an engine in shared memory, and workers that help it with its large operations (assembly/threads/team.ts).

import type { ThreadedEngineExports } from "#threads-engine";
import { tileForm } from "../../engine/compiler.ts";
import { Engine } from "../../engine/engine.ts";
import { DeviceError } from "../../errors.ts";
import type { Enlistment } from "./team-worker.ts";
import { start, type TeamWorker, watch } from "./worker-host.ts";
import { measureWorth } from "./worth.ts";

export interface TeamPlan {
  readonly name: string;
  readonly module: WebAssembly.Module;
  /** Number of members, the caller included. */
  readonly members: number;
  readonly startWorker: () => TeamWorker;
  /** Multiplications from which on an operation is split. @defaultValue measured */
  readonly worth?: number | undefined;
  /** Multiplications from which on an operation is split whatever the measurement found. @defaultValue Infinity */
  readonly worthAtMost?: number | undefined;
  /** Milliseconds that one operation waits for its last part. @defaultValue 30000 */
  readonly patienceMs?: number | undefined;
}

/** Words of the block that the team talks through, as in assembly/threads/team.ts, in units of 4 bytes. */
const OPEN = 0;
const PENDING = 16;
const STOP = 33;
const LOST = 34;
const CALLER_SLEEPS = 35;
const BLOCK_BYTES = 320;

const START_MS = 30_000;
const PATIENCE_MS = 30_000;
/** Longest sleep of the caller, which must notice members that are lost. */
const NAP_MS = 1;
/** Longest time between two looks at the clock that counts as waiting; a longer time means that the machine slept. */
const LONGEST_LOOK_MS = 100;

/** First pages of the memory; they leave room for the measurement of `measureWorth`. */
const FIRST_PAGES = 4;

/** A team of threads: the caller and its workers, who share the parts of large operations. */
export class Team {
  readonly engine: Engine;
  /** Number of members, the caller included. */
  readonly members: number;
  /** Multiplications from which on operations are split; Infinity where that never pays. */
  readonly worth: number;
  readonly #crew: Crew;

  private constructor(engine: Engine, crew: Crew, members: number, worth: number) {
    this.engine = engine;
    this.members = members;
    this.worth = worth;
    this.#crew = crew;
    abandoned.register(this, crew);
  }

  /** Starts the workers and measures from which size on threads pay. @throws DeviceError when a worker does not start */
  static async open(plan: TeamPlan): Promise<Team> {
    const memory = shareMemory();
    const crew = new Crew(memory, plan.patienceMs ?? PATIENCE_MS);
    const engine = new Engine(plan, { memory, await_team: (turn) => crew.await(turn) });
    const { module, members } = plan;
    const block = engine.allocate(BLOCK_BYTES);
    try {
      await crew.enlist(block, members - 1, module, plan.startWorker);
    } catch (error) {
      crew.disband();
      throw error;
    }
    const kernel = threadedExports(engine);
    const open = (worth: number): void => kernel.team_open(block, members, worth);
    const worth = plan.worth ?? Math.min(measureWorth(engine, open), plan.worthAtMost ?? Infinity);
    open(worth);
    return new Team(engine, crew, members, worth);
  }

  /** Ends the workers. The caller does later operations alone. */
  release(): void {
    threadedExports(this.engine).team_open(0, 1, 0);
    this.#crew.release();
  }
}

/** Returns the exports of an engine that was made from a binary for shared memory. */
export function threadedExports(engine: Engine): ThreadedEngineExports {
  return engine.exports as ThreadedEngineExports;
}

/** Makes shared memory. Some runtimes cannot reserve all that an engine may use; they get a smaller limit. */
function shareMemory(): WebAssembly.Memory {
  for (let maximum = 65_536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
    } catch (error) {
      if (maximum <= 1024) throw error;
    }
  }
}

/** Ends the workers of a team when the team itself is garbage-collected. */
const abandoned = new FinalizationRegistry<Crew>((crew) => crew.release());

/** The workers of a team. A crew holds no reference to its team, so that an unused team can be garbage-collected. */
class Crew {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #patienceMs: number;
  readonly #mayBlock: boolean;
  readonly #workers: TeamWorker[] = [];
  /** Start of the block, in words. */
  #at = 0;
  #failure = "threw an error";
  #isReleased = false;
  /** Time at which the waiting operation last looked at the clock. */
  #looked = 0;
  /** Milliseconds that the operation has waited. */
  #waited = 0;

  constructor(memory: WebAssembly.Memory, patienceMs: number) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer);
    this.#patienceMs = patienceMs;
    this.#mayBlock = mayBlock(this.#words);
  }

  /** Resolves when `count` workers serve the team that talks through the block. */
  async enlist(block: number, count: number, module: WebAssembly.Module, make: () => TeamWorker): Promise<void> {
    this.#at = block / 4;
    const orders = { module, memory: this.#memory, block, lost: this.#at + LOST, tileForm: tileForm() };
    for (let i = 0; i < count; i++) this.#workers.push(start(make));
    await Promise.all(this.#workers.map((worker, i) => this.#enlist(worker, { ...orders, index: i + 1 })));
  }

  #enlist(worker: TeamWorker, orders: Enlistment): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => death(`was not heard of for ${START_MS / 1000} s`), START_MS);
      const death = (reason: string): void => {
        clearTimeout(timer);
        if (this.#isReleased) return;
        this.#failure = reason;
        Atomics.store(this.#words, this.#at + LOST, 1);
        reject(new DeviceError(`threads: worker expected to start, got one that ${reason}. Use one thread.`));
      };
      const ready = (): void => {
        clearTimeout(timer);
        worker.unref?.();
        resolve();
      };
      watch(worker, ready, death);
      worker.postMessage(orders);
    });
  }

  /**
   * Waits a moment. The engine calls it again and again while an operation waits for its last part, and before an operation
   * begins when a member was lost.
   * @param turn number of earlier calls for the same operation
   * @throws DeviceError when a member is lost, or the operation waited for too long
   */
  await(turn: number): void {
    const now = performance.now();
    this.#waited = turn === 0 ? 0 : this.#waited + Math.min(now - this.#looked, LONGEST_LOOK_MS);
    this.#looked = now;
    const words = this.#words;
    const lost = this.#at + LOST;
    if (this.#waited > this.#patienceMs) {
      this.#failure = `held a part of an operation for ${this.#patienceMs / 1000} s`;
      Atomics.store(words, lost, 1);
    }
    if (Atomics.load(words, lost) !== 0) {
      throw new DeviceError(
        `threads: worker expected to go on, got one that ${this.#failure}. Go on from the last checkpoint with a new agent.`,
      );
    }
    const left = Atomics.load(words, this.#at + PENDING);
    if (left === 0 || !this.#mayBlock) return;
    Atomics.store(words, this.#at + CALLER_SLEEPS, 1);
    Atomics.wait(words, this.#at + PENDING, left, NAP_MS);
    Atomics.store(words, this.#at + CALLER_SLEEPS, 0);
  }

  /** Ends the workers by force, whatever state they are in. */
  disband(): void {
    Atomics.store(this.#words, this.#at + LOST, 1);
    this.release();
  }

  release(): void {
    this.#isReleased = true;
    Atomics.store(this.#words, this.#at + STOP, 1);
    Atomics.notify(this.#words, this.#at + OPEN);
    // A lost worker may not notice the request.
    if (Atomics.load(this.#words, this.#at + LOST) !== 0) for (const worker of this.#workers) worker.terminate();
  }
}

/** Returns true when this thread may sleep; the main thread of a page may not. */
function mayBlock(words: Int32Array): boolean {
  try {
    Atomics.wait(words, 0, words[0] + 1, 0);
    return true;
  } catch {
    return false;
  }
}
