// The files of a run after a death at every instant: whatever operation was the last, what is loaded agrees.

import { expect, test } from "vitest";
import { QLearning } from "../../src/agents/tabular/q-learning.ts";
import { RunCheckpoint, type RunState } from "../../src/cli/run-checkpoint.ts";
import { FILES, RunFolder } from "../../src/cli/run-folder.ts";
import { make } from "../../src/envs/registry.ts";
import { decodeCheckpoint, sha256Hex } from "../../src/formats/checkpoint.ts";
import { MemoryStorage } from "../../src/formats/memory-storage.ts";
import type { Storage } from "../../src/storage.ts";

/** Makes so many changes, then none. */
class MortalStorage implements Storage {
  readonly #inner: Storage;
  #changesLeft: number;

  constructor(inner: Storage, changes: number) {
    this.#inner = inner;
    this.#changesLeft = changes;
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return this.#inner.read(name);
  }

  list(prefix?: string): Promise<string[]> {
    return this.#inner.list(prefix);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#live();
    await this.#inner.write(name, bytes);
  }

  async delete(name: string): Promise<void> {
    this.#live();
    await this.#inner.delete(name);
  }

  #live(): void {
    if (this.#changesLeft-- <= 0) throw new Error("dead");
  }
}

/** A run of 40 steps: two kept policies between checkpoints, one that no checkpoint follows. */
async function trainUntilDeath(storage: Storage): Promise<void> {
  const agent = new QLearning(make("FrozenLake-v1"), { seed: 1, preset: false });
  const checkpoint = new RunCheckpoint(new RunFolder("run", storage));
  let kept: RunState["kept"] = null;
  const keep = async (): Promise<void> => {
    kept = await checkpoint.keep(agent.save({ contents: "policy" }), agent.envSteps, agent.envSteps);
  };
  const save = (): Promise<void> =>
    checkpoint.write(agent, { envSteps: agent.envSteps, seconds: 1, evaluationEnvSteps: 0, kept, logBytes: {} });
  for (const action of [save, keep, save, keep, keep, save, save, keep]) {
    agent.learnSync(5);
    await action();
  }
}

test("agree after a death at every instant, in the first session and in the next", async () => {
  let deaths = 0;
  for (let changes = 0; ; changes++) {
    const storage = new MemoryStorage();
    const died = await trainUntilDeath(new MortalStorage(storage, changes)).then(
      () => false,
      (error: Error) => error.message === "dead" || Promise.reject(error),
    );
    const loaded = await new RunCheckpoint(new RunFolder("run", storage)).load();
    if (loaded === undefined) {
      expect(changes).toBeLessThan(2);
    } else {
      const { bytes, state } = loaded;
      expect(decodeCheckpoint(bytes).counters.envSteps).toBe(state.envSteps);
      const best = await storage.read(FILES.best);
      expect(best && (await sha256Hex([best]))).toBe(state.kept?.sha256);
      expect(state.kept?.step ?? 0).toBeLessThanOrEqual(state.envSteps);
      expect(await storage.read(FILES.bestBefore)).toBeUndefined();
    }
    if (!died) break;
    deaths++;
  }
  expect(deaths).toBeGreaterThan(12);
});

test("say so when the state of the checkpoint is missing or damaged", async () => {
  const storage = new MemoryStorage();
  await trainUntilDeath(storage);
  const state = { envSteps: 30, seconds: 1, evaluationEnvSteps: 0, kept: null, logBytes: {} };
  const wrong = [
    ...['{"checkpoints":[]}', "{}", "[]", '{"a":1}', "null", "3", "{", '{"checkpoints":{}}', '{"checkpoints":[null]}'],
    ...[{ envSteps: "30" }, { seconds: null }, { kept: {} }, { logBytes: null }, { logBytes: { "log.csv": "1" } }].map(
      (part) => JSON.stringify({ checkpoints: [{ ...state, ...part }] }),
    ),
  ];
  for (const text of wrong) {
    await storage.write(FILES.state, new TextEncoder().encode(text));
    const checkpoint = new RunCheckpoint(new RunFolder("run", storage));
    await expect(checkpoint.load(), text).rejects.toThrow(
      "run/run-state.json expected a file of a run, got a damaged one. Start the run over.",
    );
  }
});

test("say so when the kept policy is missing", async () => {
  const storage = new MemoryStorage();
  await trainUntilDeath(storage);
  await storage.delete(FILES.best);
  await storage.delete(FILES.bestBefore);
  const checkpoint = new RunCheckpoint(new RunFolder("run", storage));
  await expect(checkpoint.load()).rejects.toThrow(/best\.safetensors expected a file of a run/);
});

test("say which checkpoint is damaged, or another run's", async () => {
  const storage = new MemoryStorage();
  await trainUntilDeath(storage);
  const checkpoint = new RunCheckpoint(new RunFolder("run", storage));
  const whole = (await storage.read(FILES.checkpoint)) as Uint8Array;
  await storage.write(FILES.checkpoint, whole.subarray(0, 100));
  await expect(checkpoint.load()).rejects.toThrow(/^run\/checkpoint\.safetensors: decodeSafetensors: header length/);
  const other = new QLearning(make("FrozenLake-v1"), { seed: 1, preset: false });
  other.learnSync(3);
  await storage.write(FILES.checkpoint, other.save());
  await expect(checkpoint.load()).rejects.toThrow(
    "run/checkpoint.safetensors expected the checkpoint of this run at step 30 or 35, as run-state.json says, got one at step 3. Put the run's own checkpoint back, or start the run over.",
  );
});
