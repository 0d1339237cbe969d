import { describe, expect, test } from "vitest";
import { DQN, type DQNOptions } from "../../../src/agents/deep-q/dqn.ts";
import { make } from "../../../src/envs/registry.ts";
import { MemoryStorage } from "../../../src/formats/memory-storage.ts";
import { EvaluationCallback, type EvaluationPoint } from "../../../src/training/callbacks/evaluation.ts";
import { asynchronous } from "../../agents/small-envs.ts";

const OPTIONS: DQNOptions = { preset: false, batchSize: 4, warmupSteps: 8, capacity: 100, network: { hidden: [4] } };
const cartPole = () => make("CartPole-v1");
const agentFor = (): DQN => new DQN(cartPole(), OPTIONS);

test("keeps the best policy, the later of equals, and counts what it took", async () => {
  const agent = agentFor();
  const callback = new EvaluationCallback({ env: cartPole, everySteps: 100, episodes: 5 });
  const saved: Uint8Array[] = [];
  const saving = { name: "saving", everySteps: 100, onStep: () => void saved.push(agent.save({ contents: "policy" })) };
  await agent.learn(1000, { callbacks: [callback, saving] });
  expect(callback.history.map(({ envSteps }) => envSteps)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  const means = callback.history.map(({ evaluation }) => evaluation.mean);
  const best = means.lastIndexOf(Math.max(...means));
  expect(callback.best).toEqual({ mean: means[best], envSteps: 100 * (best + 1), policy: saved[best] });
  const policy = DQN.load(callback.best!.policy!);
  expect(policy.evaluateSync(cartPole, { episodes: 5, seed: 1_000_000 }).mean).toBe(means[best]);
  expect(callback.evaluationSteps).toBe(callback.history.reduce((sum, { evaluation }) => sum + evaluation.envSteps, 0));
});

test("of equal scores the later is kept", async () => {
  // Two steps an episode: every policy scores 2.
  const callback = new EvaluationCallback({
    env: () => make("CartPole-v1", { maxEpisodeSteps: 2 }),
    everySteps: 10,
    episodes: 2,
  });
  await agentFor().learn(30, { callbacks: [callback] });
  expect(callback.best).toMatchObject({ mean: 2, envSteps: 30 });
});

test("a run is the same with it, without it, and in learnSync", async () => {
  const run = async (sync: boolean, evaluates: boolean): Promise<[Uint8Array, EvaluationPoint[]]> => {
    const agent = agentFor();
    const callback = new EvaluationCallback({ env: cartPole, everySteps: 50, episodes: 3 });
    const callbacks = evaluates ? [callback] : [];
    if (sync) agent.learnSync(200, { callbacks });
    else await agent.learn(200, { callbacks });
    return [agent.save(), callback.history];
  };
  const [plain] = await run(false, false);
  const [evaluated, history] = await run(false, true);
  expect(evaluated).toEqual(plain);
  expect(await run(true, true)).toEqual([plain, history]);
});

test("stores the best under its name", async () => {
  const storage = new MemoryStorage();
  const callback = new EvaluationCallback({ env: cartPole, everySteps: 50, episodes: 3, storage });
  await agentFor().learn(200, { callbacks: [callback] });
  expect(await storage.read("best.safetensors")).toEqual(callback.best!.policy);
});

test("a resumed run does not replace a better policy of the earlier one", async () => {
  const storage = new MemoryStorage();
  const callback = new EvaluationCallback({
    env: cartPole,
    everySteps: 50,
    episodes: 3,
    storage,
    best: { mean: 501, envSteps: 7 },
  });
  await agentFor().learn(100, { callbacks: [callback] });
  expect(callback.best).toEqual({ mean: 501, envSteps: 7, policy: undefined });
  expect(await storage.list()).toEqual([]);
  expect(callback.history).toHaveLength(2);
});

test("tells of every evaluation, after the best was stored", async () => {
  const storage = new MemoryStorage();
  const seen: [number, boolean][] = [];
  const callback = new EvaluationCallback({
    env: cartPole,
    everySteps: 50,
    episodes: 1,
    storage,
    onEvaluation: async ({ envSteps }) => {
      seen.push([envSteps, (await storage.list()).length === 1]);
    },
  });
  await agentFor().learn(100, { callbacks: [callback] });
  expect(seen).toEqual([
    [50, true],
    [100, true],
  ]);
});

test("evaluates in asynchronous environments, but not in learnSync", async () => {
  const callback = new EvaluationCallback({ env: () => asynchronous(cartPole()), everySteps: 50, episodes: 1 });
  await agentFor().learn(50, { callbacks: [callback] });
  expect(callback.history).toHaveLength(1);
  expect(() => agentFor().learnSync(50, { callbacks: [callback] })).toThrow(
    "evaluateSync: environment expected to answer at once, got a promise.",
  );
});

describe("refuses", () => {
  test.each([
    [
      { everySteps: 1 },
      "EvaluationCallback: env expected a function that makes one, got undefined. Use () => make(id).",
    ],
    [
      { env: cartPole },
      "EvaluationCallback: everySteps expected an integer at least 1, got undefined. It counts environment steps.",
    ],
    [
      { env: cartPole, everySteps: 1, episodes: 0 },
      "EvaluationCallback: episodes expected an integer at least 1, got 0. Set options.episodes.",
    ],
    [
      { env: cartPole, everySteps: 1, seed: -1 },
      "EvaluationCallback: seed expected an integer at least 0, got -1. Set options.seed.",
    ],
    [
      { env: cartPole, everySteps: 1, best: { mean: Number.NaN } },
      "EvaluationCallback: best.mean expected a number, got NaN. Pass the best of the earlier run.",
    ],
    [{ env: cartPole, everySteps: 1, every: 2 }, 'EvaluationCallback: option expected a known name, got "every".'],
  ])("%o", (options, message) => {
    expect(() => new EvaluationCallback(options as never)).toThrow(message);
  });

  test("a storage in learnSync, before a step is made", () => {
    const callback = new EvaluationCallback({ env: cartPole, everySteps: 1, storage: new MemoryStorage() });
    expect(() => agentFor().learnSync(5, { callbacks: [callback] })).toThrow(
      "EvaluationCallback: run expected learn, got learnSync, which cannot wait for the storage. Use learn.",
    );
  });
});
