import { expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
import { DivergenceError } from "../../../src/errors.ts";
import { MemoryStorage } from "../../../src/formats/memory-storage.ts";
import { CheckpointCallback } from "../../../src/training/callbacks/checkpoint.ts";

const OPTIONS: DQNOptions = { preset: false, batchSize: 4, warmupSteps: 8, capacity: 100, network: { hidden: [4] } };
const agentFor = (): DQN => new DQN(make("CartPole-v1"), OPTIONS);

test("what lies in the storage goes on bit for bit", async () => {
  const storage = new MemoryStorage();
  const whole = agentFor();
  whole.learnSync(100);
  const stopped = agentFor();
  await stopped.learn(60, { callbacks: [new CheckpointCallback({ storage, everySteps: 25 })] });
  expect(await storage.list()).toEqual(["checkpoint.safetensors"]);
  const bytes = (await storage.read("checkpoint.safetensors"))!;
  const rest = DQN.load(bytes, { env: make("CartPole-v1") });
  expect(rest.envSteps).toBe(60);
  rest.learnSync(40);
  expect(rest.save()).toEqual(whole.save());
});

test("writes every so many steps and at the end, once", async () => {
  const steps: number[] = [];
  const agent = agentFor();
  const storage = new MemoryStorage();
  storage.write = async () => void steps.push(agent.envSteps);
  const callback = new CheckpointCallback({ storage, everySteps: 20, name: "run" });
  await agent.learn(50, { callbacks: [callback] });
  await agent.learn(10, { callbacks: [callback] });
  expect(steps).toEqual([20, 40, 50, 60]);
  expect(callback.savedAt).toBe(60);
});

test("a storage that fails rejects learn; agent and the blob before it are intact", async () => {
  const storage = new MemoryStorage();
  const write = storage.write.bind(storage);
  let writes = 0;
  storage.write = async (name, bytes) => {
    writes++;
    if (writes === 2) throw new Error("disk full");
    await write(name, bytes);
  };
  const agent = agentFor();
  const callbacks = [new CheckpointCallback({ storage, everySteps: 20 })];
  const failed = agent.learn(100, { callbacks });
  await expect(failed).rejects.toThrow(
    /^CheckpointCallback: storage expected to take \d+ bytes as "checkpoint\.safetensors" at environment step 40, got Error: disk full\. The blob before it and the agent are intact: mend the storage and call learn again\.$/,
  );
  await expect(failed).rejects.toHaveProperty("cause", new Error("disk full"));
  expect(DQN.load((await storage.read("checkpoint.safetensors"))!).envSteps).toBe(20);
  await agent.learn(60, { callbacks });
  const whole = agentFor();
  whole.learnSync(100);
  expect(agent.save()).toEqual(whole.save());
});

test("never replaces a good checkpoint by weights that are not finite", async () => {
  const storage = new MemoryStorage();
  const agent = agentFor();
  const callbacks = [new CheckpointCallback({ storage, everySteps: 10 })];
  await agent.learn(10, { callbacks });
  agent.hasFiniteWeights = () => false;
  const failed = agent.learn(10, { callbacks });
  await expect(failed).rejects.toThrow(DivergenceError);
  await expect(failed).rejects.toThrow(
    "CheckpointCallback: weights expected finite numbers, got NaN or infinity at environment step 20. Go on from the last good checkpoint (step 10) with a lower learning rate.",
  );
  expect(DQN.load((await storage.read("checkpoint.safetensors"))!).envSteps).toBe(10);
});

test("refuses learnSync, no storage, and no interval", () => {
  const storage = new MemoryStorage();
  const agent = agentFor();
  expect(() => agent.learnSync(5, { callbacks: [new CheckpointCallback({ storage, everySteps: 1 })] })).toThrow(
    new TypeError(
      "CheckpointCallback: run expected learn, got learnSync, which cannot wait for the storage. Use learn.",
    ),
  );
  expect(agent.envSteps).toBe(0);
  expect(() => new CheckpointCallback({ everySteps: 1 } as never)).toThrow(
    new TypeError(
      "CheckpointCallback: storage expected a Storage, got undefined. Use MemoryStorage, or DiskStorage of bellwether/node.",
    ),
  );
  expect(() => new CheckpointCallback({ storage, everySteps: 0 })).toThrow(
    "CheckpointCallback: everySteps expected an integer at least 1, got 0. It counts environment steps.",
  );
});
