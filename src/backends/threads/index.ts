// The public entry "bellwether/threads": several threads as a backend.

import strict from "#threads-engine";
import type { Backend } from "../../backend.ts";
import { compileEngine, type EngineBinary, supportsEngine } from "../../engine/engine.ts";
import { DeviceError, rejectUnknownOptions, requireNumber, StateError, show } from "../../errors.ts";
import type { BackendChoice } from "../select.ts";
import { WasmBackend } from "../wasm/wasm-backend.ts";
import { Team } from "./team.ts";
import { countProcessors, missing, startWorker, type TeamWorker } from "./worker-host.ts";

export type { TeamWorker } from "./worker-host.ts";

/** Options of `threads`. */
export interface ThreadsOptions {
  /**
   * Number of threads that share an operation, the calling thread included: 1 .. 64. "auto": one thread per processor, at
   * most 4; the backend "wasm" where there are no threads or they do not pay. @defaultValue "auto"
   */
  readonly threads?: number | "auto";
  /**
   * Binary of the engine: `bellwether/threads/relaxed` for fused multiply-add. Where that does not run, the strict engine
   * runs instead. @defaultValue the strict engine
   */
  readonly engine?: EngineBinary;
  /**
   * Function that starts a worker with the module `bellwether/threads/worker`, for pages whose policy allows only files.
   * @defaultValue the library starts its own
   */
  readonly worker?: () => TeamWorker;
  /** Multiplications from which on an operation is split among threads. @defaultValue measured when the threads start */
  readonly cutFromMultiplications?: number;
  /**
   * Floating-point operations of one update. "auto" takes threads for large updates; `create` passes the number.
   * @defaultValue Infinity
   */
  readonly updateFlops?: number;
}

const OPTIONS = ["threads", "engine", "worker", "cutFromMultiplications", "updateFlops"];
const MOST_THREADS = 64;
const MOST_BY_ITSELF = 4;
/** An update of fewer floating-point operations has no operation that is worth splitting (measured: docs/threads.md). */
const WORTHWHILE_FLOPS = 1e7;

/**
 * Multiplications from which on an operation is always split when the user asked for a number of threads. Without this
 * limit, a measurement made while other programs used the processors could leave the threads idle for good.
 */
const CUT_WHEN_ASKED = 4_194_304;

/** A backend whose large operations are shared by a team of threads. */
class ThreadsBackend extends WasmBackend {
  readonly #team: Team;

  constructor(team: Team) {
    super(team.engine);
    this.#team = team;
  }

  release(): void {
    this.#team.release();
  }
}

/**
 * Starts threads for the option `backend` of one agent: `await DQN.create(env, { backend: threads })`. With `new` or `load`,
 * pass `backend: await threads({ threads: 2 })`. The weights are those of one thread, bit for bit. Only operations that are
 * large enough are split among threads; the size is measured here.
 * @returns a function that makes the backend; "wasm" where "auto" finds that threads do not pay
 * @throws TypeError, RangeError for wrong options; DeviceError when a number of threads is asked for and there are none
 */
export async function threads(options: ThreadsOptions = {}): Promise<BackendChoice> {
  rejectUnknownOptions("threads", options, OPTIONS);
  const { threads: asked = "auto", worker = startWorker, cutFromMultiplications, updateFlops = Infinity } = options;
  if (typeof worker !== "function") {
    throw new TypeError(`threads: worker expected a function that starts one, got ${show(worker)}. Leave it out.`);
  }
  if (cutFromMultiplications !== undefined) {
    const advice = "Leave it out to have it measured.";
    requireNumber("threads", "cutFromMultiplications", cutFromMultiplications, { min: 0 }, advice);
  }
  if (asked !== "auto") {
    const advice = 'Pass how many threads are to work, or "auto".';
    requireNumber("threads", "threads", asked, { min: 1, max: MOST_THREADS, integer: true }, advice);
    return once(await open(asked, options, CUT_WHEN_ASKED));
  }
  const members = Math.min(countProcessors(), MOST_BY_ITSELF);
  if (members < 2 || updateFlops < WORTHWHILE_FLOPS || missing() !== null) return "wasm";
  try {
    const team = await open(members, options);
    if (team.worth < Infinity) return once(team);
    team.release();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  }
  return "wasm";
}

function open(members: number, options: ThreadsOptions, worthAtMost?: number): Promise<Team> {
  const { engine: binary = strict, worker = startWorker, cutFromMultiplications: worth } = options;
  const lack = missing();
  if (lack !== null) {
    throw new DeviceError(
      `threads: host expected shared memory and workers, got ${lack}. On a page, serve it and its scripts with the headers ` +
        'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp; or pass threads: "auto".',
    );
  }
  const runs = supportsEngine(binary) ? binary : strict;
  if (runs !== binary) {
    console.warn(
      "threads: engine expected one that runs here, got one without its SIMD. The strict engine runs instead.",
    );
  }
  const plan = { name: runs.name, module: compileEngine(runs), members, worth, worthAtMost };
  return Team.open({ ...plan, startWorker: worker });
}

/** Makes the backend once only: a team works for one agent. */
function once(team: Team): () => Backend {
  let isTaken = false;
  return () => {
    if (isTaken)
      throw new StateError("threads: backend expected one agent, got a second. Call threads for each agent.");
    isTaken = true;
    return new ThreadsBackend(team);
  };
}
