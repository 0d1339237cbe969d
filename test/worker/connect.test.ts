// A real worker of node:worker_threads, running the built library.

import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CheckpointError,
  connect,
  DQN,
  type DQNOptions,
  make,
  type RemoteWorker,
  StateError,
  UnsupportedError,
} from "../../src/index.ts";

const FILE = new URL("./agent-worker.mjs", import.meta.url);
const OPTIONS: DQNOptions = { seed: 5, warmupSteps: 100, batchSize: 16, network: { hidden: [16] }, capacity: 2000 };
const observation = new Float32Array([0.1, 0.2, -0.1, 0.3]);

let remote: RemoteWorker;
beforeAll(async () => {
  remote = await connect(new Worker(FILE));
});
afterAll(() => remote.close());

describe("an agent in a worker", () => {
  test("learns, acts and evaluates as in this process, to the last bit", async () => {
    const here = new DQN(make("CartPole-v1"), OPTIONS);
    const there = await remote.create("dqn", OPTIONS);
    expect([there.algorithm, there.observationSpace, there.actionSpace]).toEqual([
      "dqn",
      here.observationSpace,
      here.actionSpace,
    ]);
    expect(there.settings).toEqual(here.settings);
    const [hereRun, thereRun] = [await here.learn(1500), await there.learn(1500)];
    expect({ ...thereRun, seconds: 0 }).toEqual({ ...hereRun, seconds: 0 });
    expect([there.envSteps, there.updates, there.episodes]).toEqual([here.envSteps, here.updates, here.episodes]);
    expect(await there.weightsSha256()).toBe(await here.weightsSha256());
    expect(await there.qValues(observation)).toEqual(here.qValues(observation));
    expect(await there.act(observation)).toBe(here.act(observation));
    expect(await there.act(observation, { mask: [1, 0] })).toBe(0);
    expect(await there.actBatch([observation, observation])).toEqual(here.actBatch([observation, observation]));
    expect(await there.memory()).toEqual(here.memory());
    expect(await there.hasFiniteWeights()).toBe(true);
    expect(await there.save()).toEqual(here.save());
    expect(await there.exportWeights()).toEqual(here.exportWeights());
    const options = { episodes: 3, seed: 3 };
    expect(await there.evaluate(options)).toEqual(await here.evaluate(() => make("CartPole-v1"), options));
    await there.dispose();
    await expect(there.act(observation)).rejects.toThrow(StateError);
  });

  test("reports progress, and answers while it learns", async () => {
    const agent = await remote.create("dqn", OPTIONS);
    const stop = new AbortController();
    const steps: number[] = [];
    const learning = agent.learn(10_000_000, {
      signal: stop.signal,
      progressIntervalMs: 20,
      onProgress: (progress) => steps.push(progress.envSteps),
    });
    const waits: number[] = [];
    while (steps.length < 5) {
      const asked = performance.now();
      await agent.qValues(observation);
      waits.push(performance.now() - asked);
    }
    expect(waits.length).toBeGreaterThan(3);
    await expect(agent.learn(1)).rejects.toThrow(/learn: agent expected to be idle/);
    stop.abort();
    const run = await learning;
    expect(run.stopped).toBe("aborted");
    expect(run.envSteps).toBe(agent.envSteps);
    expect(steps.at(-1)).toBe(agent.envSteps);
  });

  test("pauses by its signal, steps one by one, and goes on to the same weights", async () => {
    const agent = await remote.create("dqn", OPTIONS);
    const stop = new AbortController();
    const paused = await agent.learn(10_000_000, {
      signal: stop.signal,
      progressIntervalMs: 0,
      onProgress: () => stop.abort(),
    });
    expect(paused).toMatchObject({ envSteps: agent.envSteps, stopped: "aborted" });
    expect(await agent.learn(1)).toMatchObject({ envSteps: 1, stopped: "completed" });
    await agent.learn(300);
    const whole = await remote.create("dqn", OPTIONS);
    await whole.learn(agent.envSteps);
    expect(await agent.weightsSha256()).toBe(await whole.weightsSha256());
    expect((await agent.learn(10, { signal: AbortSignal.abort() })).envSteps).toBe(0);
    await expect(agent.evaluate({ signal: AbortSignal.abort(new Error("not now")) })).rejects.toThrow("not now");
  });

  test("is saved and loaded, the bytes copied or handed over", async () => {
    const agent = await remote.create("dqn", OPTIONS);
    await agent.learn(300);
    const bytes = await agent.save();
    const again = await remote.load(bytes);
    expect([again.algorithm, again.envSteps, bytes.length > 0]).toEqual(["dqn", 300, true]);
    const padded = new Uint8Array(bytes.length + 8);
    padded.set(bytes, 8);
    const moved = await remote.load(bytes, {}, { transfer: true });
    expect(bytes.length).toBe(0);
    const fromView = await remote.load(padded.subarray(8));
    await Promise.all([agent.learn(200), again.learn(200), moved.learn(200), fromView.learn(200)]);
    const hashes = await Promise.all([agent, again, moved, fromView].map((each) => each.weightsSha256()));
    expect(new Set(hashes).size).toBe(1);
  });

  test("of another algorithm has that algorithm's abilities, and says what it has not", async () => {
    const table = await remote.create("q-learning", {}, { env: "FrozenLake-v1" });
    await table.learn(2000);
    expect((await table.qValues(0)).length).toBe(4);
    expect((await table.actBatch([0, 1, 2])).length).toBe(3);
    await expect(table.exportWeights()).rejects.toThrow(
      new UnsupportedError("exportWeights: agent expected networks, got QLearning, which has none. Use save and load."),
    );
    const policy = await remote.create("reinforce");
    await expect(policy.qValues(observation)).rejects.toThrow(
      new TypeError("qValues: agent expected one that has it, got a reinforce agent. Leave it out."),
    );
  });

  test("passes errors on with class and message", async () => {
    expect(remote.algorithms).toEqual(["dqn", "q-learning", "reinforce"]);
    await expect(remote.create("dnq")).rejects.toThrow(
      new RangeError('create: algorithm expected one of dqn, q-learning, reinforce, got "dnq". Did you mean dqn?'),
    );
    const wrong = remote.create("dqn", { learningRat: 1 });
    await expect(wrong).rejects.toThrow(RangeError);
    await expect(wrong).rejects.toThrow(/Did you mean learningRate\?/);
    await expect(remote.create("dqn", {}, { env: "CartPol-v1" })).rejects.toThrow(
      /make: id .* Did you mean CartPole-v1\?/,
    );
    await expect(remote.load(new Uint8Array(5))).rejects.toThrow(CheckpointError);
    await expect(remote.load("text" as never)).rejects.toThrow(
      'load: bytes expected a Uint8Array, got "text". Read the file first.',
    );
    const agent = await remote.create("dqn", OPTIONS);
    await expect(agent.act([0, Number.NaN, 0, 0])).rejects.toThrow(RangeError);
    await expect(agent.learn(0)).rejects.toThrow(RangeError);
    await expect(agent.learn(5, { callbacks: [] } as never)).resolves.toBeDefined();
    await expect(agent.learn(5, { slice: 3 } as never)).rejects.toThrow(/Did you mean sliceMs\?/);
    await expect(agent.evaluate({ episodes: -1 })).rejects.toThrow(RangeError);
    await expect(remote.create("dqn", { epsilon: () => 1 } as never)).rejects.toThrow(/could not be cloned/);
  });
});

describe("a worker that dies", () => {
  const start = async (): Promise<{ worker: Worker; own: RemoteWorker }> => {
    const worker = new Worker(FILE);
    return { worker, own: await connect(worker) };
  };

  test("by an error of its own rejects what waits, and what comes", async () => {
    const { worker, own } = await start();
    const agent = await own.create("dqn", OPTIONS);
    const learning = agent.learn(10_000_000);
    worker.postMessage("fall over");
    const message =
      "worker expected to be alive, got one that is gone: it threw: the worker's own bug. Start a new one.";
    await expect(learning).rejects.toThrow(new StateError(`call: ${message}`));
    await expect(agent.act(observation)).rejects.toThrow(new StateError(`act: ${message}`));
  });

  test("by exiting does so too", async () => {
    const { worker, own } = await start();
    const learning = (await own.create("dqn", OPTIONS)).learn(10_000_000);
    worker.postMessage("exit");
    await expect(learning).rejects.toThrow(/got one that is gone: it exited with code 3\./);
  });

  test("because it was closed does so too", async () => {
    const { own } = await start();
    const learning = (await own.create("dqn", OPTIONS)).learn(10_000_000);
    own.close();
    own.close();
    await expect(learning).rejects.toThrow(/got one that is gone: it was closed\./);
    await expect(own.create("dqn")).rejects.toThrow(StateError);
  });

  test("before it serves rejects connect", async () => {
    await expect(connect(new Worker("throw new Error('broken')", { eval: true }))).rejects.toThrow(
      "connect: worker expected to be alive, got one that is gone: it threw: broken. Start a new one.",
    );
  });
});

describe("connect", () => {
  test("waits no longer than its signal", async () => {
    const silent = new Worker("setInterval(() => {}, 1000)", { eval: true });
    await expect(connect(silent, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
    await expect(connect(silent, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
    await silent.terminate();
  });

  test("refuses what is no worker, and options that it does not know", async () => {
    await expect(connect({} as never)).rejects.toThrow(
      "connect: endpoint expected postMessage and events, got Object. Pass a Worker or a MessagePort.",
    );
    await expect(connect(new MessageChannel().port1, { timeout: 5 } as never)).rejects.toThrow(RangeError);
  });
});
