// DQN on a device: the same learning as on the CPU, the acting copy and what `sync` brings, what is refused, a lost device.

import { afterEach, describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../src/agents/deep-q/dqn.ts";
import { MunchausenDQN } from "../../src/agents/deep-q/munchausen-dqn.ts";
import { PQN } from "../../src/agents/deep-q/pqn.ts";
import type { GpuDevice } from "../../src/backends/webgpu/gpu-types.ts";
import { auto, webgpu } from "../../src/backends/webgpu/index.ts";
import { CartPole } from "../../src/envs/cart-pole.ts";
import { DeviceError, StateError, UnsupportedError } from "../../src/errors.ts";
import { MemoryStorage } from "../../src/formats/memory-storage.ts";
import { box, discrete } from "../../src/space.ts";
import { CheckpointCallback } from "../../src/training/callbacks/checkpoint.ts";
import { ChainEnv } from "../agents/small-envs.ts";
import { expectClose } from "../conformance/compare.ts";
import { Sampler } from "../conformance/sampler.ts";
import { gpu } from "./adapter-here.ts";

/** Fifty updates of float32 sums in another order, through Adam's division by small numbers. */
const DRIFT = 1e-3;

const SPACES = { observationSpace: box(-1, 1, [5]), actionSpace: discrete(3) };
const SMALL: DQNOptions = {
  preset: false,
  batchSize: 16,
  capacity: 64,
  warmupSteps: 16,
  targetIntervalUpdates: 7,
  learningRate: 1e-3,
  network: { hidden: [16, 9] },
};

/** Compiles its kernels once for all agents. */
const backend = await webgpu({ gpu });

const agents: DQN[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.dispose();
});

/** An agent on the device, given back after the test. */
async function onDevice(
  options: DQNOptions = {},
  workplace: ConstructorParameters<typeof DQN>[0] = SPACES,
): Promise<DQN> {
  const agent = await DQN.create(workplace, { ...SMALL, ...options, backend });
  agents.push(agent);
  return agent;
}

/** Steps with rewards that depend on the observation and the action, so that there is something to learn. */
function feed(agent: DQN, steps: number, seed: number = 1): void {
  const sampler = new Sampler(seed);
  for (let i = 0; i < steps; i++) {
    const action = sampler.index(3);
    const observation = sampler.values(5).map((x) => x / 2);
    const nextObservation = sampler.values(5).map((x) => x / 2);
    const reward = observation[action];
    agent.observe({ observation, action, reward, nextObservation, terminated: i % 9 === 8, truncated: false });
  }
}

const metricsOf = (agent: DQN): Record<string, number> =>
  (agent as unknown as { metrics(): Record<string, number> }).metrics();

describe("fifty updates from the same batches follow the engine's", () => {
  test.each<[string, DQNOptions]>([
    ["plain, Huber, clipped, Adam", {}],
    ["double, 3-step, squared error, unclipped", { double: true, nStep: 3, loss: "mse", maxGradientNorm: null }],
    [
      "dueling with layer norm and tanh",
      { dueling: true, network: { hidden: [16], layerNorm: true, activation: "tanh" } },
    ],
    [
      "gelu, AdamW, Polyak averaging",
      { optimizer: "adamw", tau: 0.01, targetIntervalUpdates: 1, network: { hidden: [16], activation: "gelu" } },
    ],
    [
      "silu, centred RMSProp",
      { optimizer: { type: "rmsprop", centered: true }, network: { hidden: [16], activation: "silu" } },
    ],
    ["elu, momentum", { optimizer: { type: "sgd", momentum: 0.9 }, network: { hidden: [16], activation: "elu" } }],
    [
      "sigmoid, RAdam, orthogonal",
      { optimizer: "radam", network: { hidden: [16], activation: "sigmoid", initializer: "orthogonal" } },
    ],
    ["Munchausen targets", { munchausen: true }],
  ])("%s", async (_what, options) => {
    const device = await onDevice(options);
    const engine = new DQN(SPACES, { ...SMALL, ...options });
    feed(device, 40);
    feed(engine, 40);
    const probe = [0.1, -0.2, 0.3, -0.4, 0.5];
    const before = engine.qValues(probe);
    expectClose("Q before", device.qValues(probe), before, 0);
    for (let update = 1; update <= 50; update++) {
      if (update === 30) {
        // Past the end of the ring.
        feed(device, 40, 2);
        feed(engine, 40, 2);
      }
      expect(device.update()).toBe(1);
      engine.update();
      if (update % 10 !== 0) continue;
      await device.sync();
      const [actual, expected] = [metricsOf(device), metricsOf(engine)];
      for (const name of ["loss", "meanQ"])
        expectClose(`${name} of update ${update}`, [actual[name]], [expected[name]], DRIFT);
      if (engine.settings.maxGradientNorm !== null) {
        expectClose(`norm of update ${update}`, [actual.gradientNorm], [expected.gradientNorm], DRIFT);
      }
    }
    const after = engine.qValues(probe);
    expectClose("Q after", device.qValues(probe), after, DRIFT);
    // The case means little unless the network moved by far more than that.
    expect(Math.max(...after.map((q, a) => Math.abs(q - before[a])))).toBeGreaterThan(20 * DRIFT);
  });
});

describe("observations", () => {
  test("one-hot and of bytes are learned from as on the engine", async () => {
    const go = (state: number, action: number): { next: number; reward: number; terminated: boolean } => {
      const next = Math.min(state + action, 5);
      return { next, reward: next === 5 ? 1 : 0, terminated: next === 5 };
    };
    const options: DQNOptions = { ...SMALL, epsilon: 1, trainIntervalSteps: 4 };
    const device = await onDevice(options, new ChainEnv(6, 2, 30, go));
    const engine = new DQN(new ChainEnv(6, 2, 30, go), options);
    await device.learn(150);
    await engine.learn(150);
    expect(device.updates).toBe(engine.updates);
    for (let state = 0; state < 6; state++)
      expectClose(`Q of ${state}`, device.qValues(state), engine.qValues(state), DRIFT);

    const bytes = { observationSpace: box(0, 255, [5], "uint8"), actionSpace: discrete(3) };
    const pair = [await onDevice({ learningRate: 1e-5 }, bytes), new DQN(bytes, { ...SMALL, learningRate: 1e-5 })];
    const sampler = new Sampler(3);
    const pixels = (): number[] => Array.from({ length: 5 }, () => sampler.index(256));
    for (let i = 0; i < 30; i++) {
      const step = {
        observation: pixels(),
        action: i % 3,
        reward: i % 2,
        nextObservation: pixels(),
        terminated: false,
        truncated: false,
      };
      for (const agent of pair) agent.observe(step);
    }
    for (const agent of pair) agent.update({ maxUpdates: 10 });
    await pair[0].sync();
    const probe = pixels();
    expectClose("Q of bytes", pair[0].qValues(probe), pair[1].qValues(probe), DRIFT);
  });
});

describe("the acting copy", () => {
  test("shows what was learned after sync, and no sooner than it can", async () => {
    const agent = await onDevice();
    feed(agent, 40);
    const probe = [1, 0, 0, 0, 0];
    const before = agent.qValues(probe);
    agent.update({ maxUpdates: 10 });
    expect(agent.qValues(probe)).toEqual(before);
    expect(metricsOf(agent).loss).toBeNaN();
    await agent.sync();
    expect(agent.qValues(probe)).not.toEqual(before);
    expect(metricsOf(agent).loss).toBeGreaterThan(0);
  });

  test("is renewed every 20 updates without being asked, whoever owns the loop", async () => {
    const agent = await onDevice();
    feed(agent, 40);
    const probe = [1, 0, 0, 0, 0];
    const before = agent.qValues(probe);
    agent.update({ maxUpdates: 20 });
    await expect.poll(() => agent.qValues(probe), { timeout: 20_000 }).not.toEqual(before);
  });

  test("learn waits for it, so that two runs of one seed are alike", async () => {
    const run = async (): Promise<string> => {
      const agent = await onDevice({ seed: 4, trainIntervalSteps: 2 }, new CartPole());
      await agent.learn(140);
      return agent.weightsSha256();
    };
    expect(await run()).toBe(await run());
  });

  test("evaluate acts on what was learned last", async () => {
    const agent = await onDevice({}, new CartPole());
    await agent.learn(20);
    agent.update({ maxUpdates: 5 });
    await agent.evaluate(() => new CartPole(), { episodes: 1 });
    // Nothing is left to bring: the run can be saved.
    expect(agent.save().length).toBeGreaterThan(0);
  });
});

describe("files", () => {
  test("a run that was updated since sync is refused, a policy is as of the last renewal", async () => {
    const agent = await onDevice();
    const first = agent.save({ contents: "policy" });
    expect(agent.save().length).toBeGreaterThan(first.length);
    feed(agent, 40);
    agent.update({ maxUpdates: 3 });
    expect(() => agent.save()).toThrow(
      new StateError(
        "save: run expected as the device has it, got updates since the last sync (3 made). Call await agent.sync() first.",
      ),
    );
    expect(DQN.load(agent.save({ contents: "policy" })).qValues([1, 0, 0, 0, 0])).toEqual(
      DQN.load(first).qValues([1, 0, 0, 0, 0]),
    );
    await agent.sync();
    expect(DQN.load(agent.save({ contents: "policy" })).qValues([1, 0, 0, 0, 0])).toEqual(
      agent.qValues([1, 0, 0, 0, 0]),
    );
  });

  test("a saved run goes on alike on the device and on the engine", async () => {
    const agent = await onDevice({ nStep: 2 });
    feed(agent, 40);
    agent.update({ maxUpdates: 10 });
    await agent.sync();
    const bytes = agent.save();
    const again = DQN.load(bytes, { backend });
    agents.push(again);
    const engine = DQN.load(bytes);
    for (const other of [agent, again, engine]) {
      feed(other, 10, 7);
      other.update({ maxUpdates: 15 });
    }
    await agent.sync();
    await again.sync();
    const probe = [0.5, 0, 0, -0.5, 1];
    expect(again.qValues(probe)).toEqual(agent.qValues(probe));
    expectClose("Q on the engine", engine.qValues(probe), agent.qValues(probe), DRIFT);
    expect(again.save()).toEqual(agent.save());
  });

  test("weights are exported and imported", async () => {
    const agent = await onDevice();
    const engine = new DQN(SPACES, SMALL);
    const other = new DQN(SPACES, { ...SMALL, seed: 9 }).exportWeights();
    for (const importing of [agent, engine]) importing.importWeights(other);
    expect(agent.exportWeights()).toEqual(engine.exportWeights());
    feed(agent, 40);
    feed(engine, 40);
    agent.update();
    engine.update();
    await agent.sync();
    expectClose("Q", agent.qValues([1, 1, 0, 0, 0]), engine.qValues([1, 1, 0, 0, 0]), DRIFT);
  });

  test("checkpoints of a run are complete", async () => {
    const agent = await onDevice({ trainIntervalSteps: 4 }, new CartPole());
    const storage = new MemoryStorage();
    await agent.learn(60, { callbacks: [new CheckpointCallback({ storage, everySteps: 30 })] });
    const loaded = DQN.load((await storage.read("checkpoint.safetensors"))!);
    expect(loaded.updates).toBe(agent.updates);
    expect(await loaded.weightsSha256()).toBe(await agent.weightsSha256());
  });
});

describe("what it lacks is refused by name, when the agent is made", () => {
  const lacks = (what: string, advice: string): UnsupportedError =>
    new UnsupportedError(
      `webgpu: backend expected to be asked for what it can do, got ${what}. ${advice}, or choose backend "wasm".`,
    );

  test("prioritized replay", async () => {
    await expect(onDevice({ replay: "proportional" })).rejects.toThrow(
      lacks("prioritized replay", 'Use replay: "uniform"'),
    );
    await expect(onDevice({ replay: "rank" })).rejects.toThrow(lacks("prioritized replay", 'Use replay: "uniform"'));
  });

  test("agents that learn where they act", async () => {
    expect(() => new PQN(SPACES, { backend })).toThrow(
      new UnsupportedError('PQN: backend expected one that answers at once, got "webgpu". Leave it out for "wasm".'),
    );
  });

  test("learnSync", async () => {
    const agent = await onDevice({}, new CartPole());
    expect(() => agent.learnSync(10)).toThrow(
      new StateError("learnSync: backend expected one that answers at once, got a device. Use learn instead."),
    );
    expect((await agent.learn(10)).envSteps).toBe(10);
  });
});

describe("auto", async () => {
  const adapter = await gpu.requestAdapter();
  /** The adapter here as if it were hardware. */
  const hardware = {
    requestAdapter: async () => ({
      limits: adapter!.limits,
      info: { isFallbackAdapter: false },
      requestDevice: adapter!.requestDevice.bind(adapter),
    }),
  };
  const isOnDevice = (agent: DQN): boolean => {
    feed(agent, 20);
    agent.update();
    try {
      agent.save();
      return false;
    } catch {
      return true;
    }
  };

  test.runIf(adapter!.info?.isFallbackAdapter === true)("takes the engine on a software adapter", async () => {
    expect(await auto({ gpu })).toBe("wasm");
  });

  test("takes a device for updates that are large enough, and the engine for what the device lacks", async () => {
    const large = { ...SMALL, backend: () => auto({ gpu: hardware }) };
    const agent = await DQN.create(SPACES, large);
    agents.push(agent);
    expect(isOnDevice(agent)).toBe(true);
    const prioritized = await DQN.create(SPACES, { ...large, replay: "proportional" });
    expect(isOnDevice(prioritized)).toBe(false);
    const small = await DQN.create(SPACES, { ...SMALL, backend: (demand) => auto({ gpu: hardware, ...demand }) });
    expect(isOnDevice(small)).toBe(false);
  });
});

test("another algorithm of the family is created alike", async () => {
  const agent = await MunchausenDQN.create(SPACES, { ...SMALL, backend });
  expect(agent).toBeInstanceOf(MunchausenDQN);
  agent.dispose();
});

test("an update is one submission and creates nothing on the device but its commands", async () => {
  const device = (await (await gpu.requestAdapter())!.requestDevice()) as GpuDevice;
  const calls: string[] = [];
  const queue = new Proxy(device.queue, { get: counted(calls) });
  const watched = new Proxy(device, {
    get: (target, name) => (name === "queue" ? queue : counted(calls)(target, name)),
  });
  const agent = await DQN.create(SPACES, {
    ...SMALL,
    double: true,
    targetIntervalUpdates: 1,
    backend: () => webgpu({ device: watched }),
  });
  agents.push(agent);
  feed(agent, 40);
  agent.update({ maxUpdates: 2 });
  await agent.sync();
  calls.length = 0;
  for (let i = 0; i < 5; i++) {
    feed(agent, 1, i);
    agent.update();
  }
  // New transitions, the sampled slots and all params go up; then the commands.
  const update = ["writeBuffer", "writeBuffer", "writeBuffer", "createCommandEncoder", "submit"];
  expect(calls).toEqual([...update, ...update, ...update, ...update, ...update]);
});

/** Notes the name of every method that is called. */
function counted(calls: string[]) {
  return (target: object, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, name, target);
    if (typeof value !== "function") return value;
    return (...given: unknown[]) => {
      calls.push(String(name));
      return value.apply(target, given);
    };
  };
}

test("a lost device stops training with what to do, and leaves the policy of the last sync", async () => {
  const device = await (await gpu.requestAdapter())!.requestDevice();
  const agent = await DQN.create(new CartPole(), {
    ...SMALL,
    trainIntervalSteps: 1,
    backend: () => webgpu({ device }),
  });
  await agent.learn(30);
  const probe = [0.01, 0.02, 0.03, 0.04];
  const values = agent.qValues(probe);
  device.destroy();
  await device.lost;
  const lost = "webgpu: device expected to work on, got one that is lost (destroyed)";
  await expect(agent.learn(100)).rejects.toThrow(DeviceError);
  await expect(agent.learn(100)).rejects.toThrow(lost);
  await expect(agent.sync()).rejects.toThrow(lost);
  expect(agent.qValues(probe)).toEqual(values);
  expect(DQN.load(agent.save({ contents: "policy" })).qValues(probe)).toEqual(values);
  agent.dispose();
});

test("learns the values of a chain, which are known", async () => {
  const ends = 5;
  const discount = 0.9;
  // Action 1 goes on towards the reward at the end, action 0 stays.
  const chain = new ChainEnv(ends, 2, 100, (state, action) => {
    const next = state + action;
    return { next: Math.min(next, ends - 1), reward: next === ends ? 1 : 0, terminated: next === ends };
  });
  const agent = await onDevice(
    {
      discount,
      epsilon: 1,
      batchSize: 32,
      capacity: 500,
      warmupSteps: 100,
      trainIntervalSteps: 1,
      targetIntervalUpdates: 10,
      totalSteps: 600,
      learningRate: { type: "linear", from: 0.05, to: 0 },
      loss: "mse",
      network: { hidden: [] },
    },
    chain,
  );
  await agent.learn(600);
  for (let state = 0; state < ends; state++) {
    const onwards = discount ** (ends - 1 - state);
    expectClose(`Q of ${state}`, agent.qValues(state), [discount * onwards, onwards], 0.02);
    expect(agent.act(state)).toBe(1);
  }
});
