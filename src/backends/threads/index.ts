// Several threads as a backend: the public face of "bellwether/threads".

import strict from "#threads-engine";
import type { Backend } from "../../backend.ts";
import { compileEngine, type EngineBinary, supportsEngine } from "../../engine/engine.ts";
import { DeviceError, rejectUnknownOptions, requireNumber, StateError, show } from "../../errors.ts";
import type { BackendChoice } from "../select.ts";
import { WasmBackend } from "../wasm/wasm-backend.ts";
import { Team } from "./team.ts";
import { countProcessors, missing, startWorker, type TeamWorker } from "./worker-host.ts";

export type { TeamWorker } from "./worker-host.ts";

export interface ThreadsOptions {
  /**
   * How many threads work on an operation, the calling one among them: 1 .. 64. "auto": as many as there are processors, at
   * most 4, and the backend "wasm" where there are no threads or they do not pay. [auto]
   */
  readonly threads?: number | "auto";
  /** `bellwether/threads/relaxed` for fused multiply-add; it gives way to the strict one where it does not run. [strict] */
  readonly engine?: EngineBinary;
  /** Starts a worker whose module is `bellwether/threads/worker`, for pages that allow only files. [one that the library finds] */
  readonly worker?: () => TeamWorker;
  /** How large an operation must be to be cut up. [measured when the threads start] */
  readonly cutFromMultiplications?: number;
  /** Floating-point operations of one update, by which "auto" decides; `create` tells them. [as large as can be] */
  readonly updateFlops?: number;
}

const OPTIONS = ["threads", "engine", "worker", "cutFromMultiplications", "updateFlops"];
const MOST_THREADS = 64;
const MOST_BY_ITSELF = 4;
/** An update of fewer has no operation that is worth cutting up (measured: docs/threads.md). */
const WORTHWHILE_FLOPS = 1e7;

/**
 * An operation of so many is cut up for whoever asked for threads: a measurement in a moment when others had the processors
 * must not leave them idle for good.
 */
const CUT_WHEN_ASKED = 4_194_304;

/** A backend whose large operations a team shares. */
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
 * Starts threads for the option `backend` of one agent: `await DQN.create(env, { backend: threads })`, or
 * `backend: await threads({ threads: 2 })` where an agent is made by `new` or `load`. The agent's weights are those of one
 * thread, bit for bit. Operations are cut up from the size on from which that pays, which is measured here.
 * @returns what makes the backend; "wasm" where "auto" found no use for threads
 * @throws TypeError, RangeError for wrong options; DeviceError where threads are asked for and there are none
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

/** A team helps one agent. */
function once(team: Team): () => Backend {
  let isTaken = false;
  return () => {
    if (isTaken)
      throw new StateError("threads: backend expected one agent, got a second. Call threads for each agent.");
    isTaken = true;
    return new ThreadsBackend(team);
  };
}
