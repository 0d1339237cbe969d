// Agents on several threads: the same numbers for any count of them, what the options are, and how it ends.

import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import relaxed from "bellwether/threads/relaxed";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ThreadsOptions, threads } from "../../../src/backends/threads/index.ts";
import { Team } from "../../../src/backends/threads/team.ts";
import type { TeamWorker } from "../../../src/backends/threads/worker-host.ts";
import { WasmBackend } from "../../../src/backends/wasm/wasm-backend.ts";
import { DeviceError, StateError } from "../../../src/errors.ts";
import { DQN, type DQNOptions, make, supportsEngine } from "../../../src/index.ts";
import { box, discrete } from "../../../src/space.ts";
import { openTeam, WORKER } from "./open-team.ts";

/** Workers of this test that still run. */
let running = new Set<Worker>();
const worker = (): TeamWorker => {
  const started = new Worker(WORKER);
  const own = running.add(started);
  started.once("exit", () => own.delete(started));
  return started;
};
const open = (options: ThreadsOptions): ReturnType<typeof threads> => threads({ worker, ...options });

beforeEach(() => {
  running = new Set();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Weights after some updates on made-up images, through convolutions and dense layers, every operation cut up. */
async function weightsOf(backend: DQNOptions["backend"], more: DQNOptions = {}): Promise<string> {
  const observationSpace = box(0, 255, [2, 12, 12], "uint8");
  const agent = new DQN(
    { observationSpace, actionSpace: discrete(5) },
    {
      seed: 3,
      network: {
        convolution: [
          { filters: 12, kernel: 3, stride: 1 },
          { filters: 9, kernel: 4, stride: 2 },
        ],
        hidden: [70, 33],
        activation: "silu",
      },
      batchSize: 24,
      capacity: 100,
      warmupSteps: 0,
      ...(backend === undefined ? {} : { backend }),
      ...more,
    },
  );
  let state = 1;
  const next = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state;
  };
  const image = (): Uint8Array => Uint8Array.from({ length: 288 }, () => next() % 256);
  for (let i = 0; i < 60; i++) {
    const rest = { reward: (next() % 3) - 1, terminated: next() % 9 === 0, truncated: false };
    agent.observe({ observation: image(), action: next() % 5, nextObservation: image(), ...rest });
  }
  agent.update({ maxUpdates: 20 });
  const weights = await agent.weightsSha256();
  agent.dispose();
  return weights;
}

describe("weights", () => {
  test("are those of one thread for any number of threads", async () => {
    const alone = await weightsOf(undefined);
    for (const members of [1, 2, 3, 5]) {
      const team = await openTeam(members);
      expect(await weightsOf(() => new WasmBackend(team.engine)), `${members} threads`).toBe(alone);
      team.release();
    }
  });

  test("are those of one thread where a measurement decides what is cut up", async () => {
    const alone = await weightsOf(undefined, { optimizer: { type: "adam" }, tau: 0.01, targetIntervalUpdates: 1 });
    const backend = await open({ threads: 2 });
    const shared = { optimizer: { type: "adam" as const }, tau: 0.01, targetIntervalUpdates: 1 };
    expect(await weightsOf(backend, shared)).toBe(alone);
  });

  test("of an agent that was given a number of threads are shared in large operations, however the measurement came out", async () => {
    vi.spyOn(performance, "now").mockReturnValue(0);
    const plans = vi.spyOn(Team, "open");
    await open({ threads: 2 });
    expect((await plans.mock.results[0].value).worth).toBe(4_194_304);
    expect(await open({ threads: "auto", updateFlops: Infinity })).toBe("wasm");
  });

  test("of the relaxed engine are the relaxed engine's", async () => {
    if (!supportsEngine(relaxed)) {
      vi.spyOn(console, "warn").mockReturnValue();
      expect(await weightsOf(await open({ threads: 2, engine: relaxed }))).toBe(await weightsOf(undefined));
      return;
    }
    const { default: single } = await import("bellwether/relaxed");
    const expected = await weightsOf(undefined, { engine: single });
    expect(await weightsOf(await open({ threads: 2, engine: relaxed }))).toBe(expected);
  });

  test("are the same after saving and loading across them", async () => {
    const env = make("CartPole-v1");
    const first = new DQN(env, { seed: 5, backend: await open({ threads: 2 }) });
    first.learnSync(600);
    const second = DQN.load(first.save(), { env: make("CartPole-v1") });
    const third = DQN.load(first.save(), { env: make("CartPole-v1"), backend: await open({ threads: 3 }) });
    for (const agent of [first, second, third]) agent.learnSync(400);
    const weights = await Promise.all([first, second, third].map((agent) => agent.weightsSha256()));
    expect(new Set(weights).size).toBe(1);
    for (const agent of [first, third]) agent.dispose();
  });
});

describe("threads", () => {
  test("end with their agent", async () => {
    const agent = new DQN(make("CartPole-v1"), { backend: await open({ threads: 3 }) });
    expect(running.size).toBe(2);
    agent.dispose();
    for (let left = 1000; left > 0 && running.size > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(running.size).toBe(0);
  });

  test("help one agent", async () => {
    const backend = (await open({ threads: 1 })) as () => unknown;
    backend();
    expect(backend).toThrow(StateError);
    expect(backend).toThrow("threads: backend expected one agent, got a second. Call threads for each agent.");
  });

  test("are counted from 1 to 64", async () => {
    for (const count of [0, 65, 1.5, Number.NaN]) {
      await expect(open({ threads: count })).rejects.toThrow(/^threads: threads expected .*64/);
    }
    await expect(open({ threads: "many" as "auto" })).rejects.toThrow(TypeError);
    await expect(threads({ treads: 2 } as object)).rejects.toThrow(/treads.*threads/);
    await expect(threads({ cutFromMultiplications: -1 })).rejects.toThrow(
      /cutFromMultiplications expected a number at least 0/,
    );
    await expect(threads({ worker: 3 as never })).rejects.toThrow(
      "threads: worker expected a function that starts one, got 3. Leave it out.",
    );
    expect(running.size).toBe(0);
  });

  test("are refused, and left alone by auto, where memory cannot be shared", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    await expect(open({ threads: 2 })).rejects.toThrow(/got a runtime without SharedArrayBuffer\. /);
    vi.stubGlobal("crossOriginIsolated", false);
    expect(await open({ threads: "auto" })).toBe("wasm");
    const refused = open({ threads: 2 });
    await expect(refused).rejects.toThrow(DeviceError);
    await expect(refused).rejects.toThrow(
      "threads: host expected shared memory and workers, got a page that is not cross-origin isolated. On a page, serve it " +
        "and its scripts with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: " +
        'require-corp; or pass threads: "auto".',
    );
  });

  test("are refused where there is shared memory for no engine, or no worker", async () => {
    class UnsharedMemory extends WebAssembly.Memory {
      constructor(options: WebAssembly.MemoryDescriptor) {
        super(options);
        if (options.shared) throw new RangeError("no");
      }
    }
    vi.stubGlobal("WebAssembly", { ...WebAssembly, Memory: UnsharedMemory });
    await expect(open({ threads: 2 })).rejects.toThrow(/got a runtime without shared memory\. /);
    vi.unstubAllGlobals();
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    await expect(open({ threads: 2 })).rejects.toThrow(/got a runtime without workers\. /);
    expect(await open({})).toBe("wasm");
  });

  test("are not asked for by auto when updates are small, and given up when no worker starts", async () => {
    expect(await open({ updateFlops: 2.3e6 })).toBe("wasm");
    expect(running.size).toBe(0);
    const broken = (): TeamWorker => new Worker("throw new Error('no')", { eval: true });
    expect(await threads({ worker: broken })).toBe("wasm");
  });
});

/** A program on the built library, in a process of its own. */
function runProgram(body: string, flags: readonly string[] = []): { status: number | null; output: string } {
  const code = `import { DQN, make } from "bellwether"; import { threads } from "bellwether/threads"; ${body}`;
  const args = [...flags, "--input-type=module", "-e", code];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  return { status, output: stdout + stderr };
}

describe("a process", () => {
  test("finds the worker beside the library, and ends without dispose", () => {
    const body = `
      const agent = new DQN(make("CartPole-v1"), { backend: await threads({ threads: 2 }) });
      agent.learnSync(300);
      console.log("done");`;
    expect(runProgram(body)).toEqual({ status: 0, output: "done\n" });
  });

  test("loses the threads of an agent that nobody holds", () => {
    const body = `
      import { Worker } from "node:worker_threads";
      let ended;
      const end = new Promise((resolve) => { ended = resolve; });
      const worker = () => {
        const started = new Worker(new URL(import.meta.resolve("bellwether/threads/worker")), { execArgv: [] });
        started.once("exit", ended);
        return started;
      };
      const learn = async () => {
        new DQN(make("CartPole-v1"), { backend: await threads({ threads: 2, worker }) }).learnSync(300);
      };
      await learn();
      const collect = setInterval(gc, 20);
      console.log(await end);
      clearInterval(collect);`;
    expect(runProgram(body, ["--expose-gc"])).toEqual({ status: 0, output: "0\n" });
  });
});

describe("create", () => {
  test("takes a number of threads, and says what does not go with it", async () => {
    const { DQN: Built, make: makeBuilt } = await import("bellwether");
    const options = { seed: 4, threads: 2 } as const;
    const agent = await Built.create(makeBuilt("CartPole-v1"), options);
    agent.learnSync(400);
    const alone = new DQN(make("CartPole-v1"), { seed: 4 });
    alone.learnSync(400);
    expect(await agent.weightsSha256()).toBe(await alone.weightsSha256());
    agent.dispose();
    await expect(DQN.create(make("CartPole-v1"), { threads: 2, backend: "webgpu" })).rejects.toThrow(
      'DQN: threads expected the backend "wasm", got "webgpu". Leave one of them out.',
    );
    await expect(DQN.create(make("CartPole-v1"), { threads: 0 })).rejects.toThrow(/^threads: threads expected/);
  });
});
