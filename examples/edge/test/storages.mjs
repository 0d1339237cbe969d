// Checks the Storage contract for both storages, inside the runtime.
import assert from "node:assert/strict";
import { Miniflare } from "miniflare";
import { bundleWorker } from "./bundle.mjs";
import { modules } from "./edge-service.mjs";
import { test } from "./report.mjs";

export default async function storages() {
  const bundle = await bundleWorker("./storage-worker.ts");
  for (const useSQLite of [true, false]) {
    const runtime = new Miniflare({
      ...modules(bundle),
      compatibilityDate: "2026-04-01",
      durableObjects: { OBJECT: { className: "StorageObject", useSQLite } },
      kvNamespaces: ["KV"],
    });
    const ask = async (path) => (await runtime.dispatchFetch(`http://storage${path}`)).json();
    const object = useSQLite ? "a Durable Object with SQLite" : "a Durable Object without SQLite";

    await test(`DurableObjectStorage keeps the contract in ${object}`, async () => {
      assert.deepEqual(await ask("/object"), []);
    });
    await test(`DurableObjectStorage keeps the previous blob when a write fails, in ${object}`, async () => {
      assert.equal(await ask("/object-failed-write"), "Error: disk full: 500000 bytes, all 1: true");
    });
    if (useSQLite) {
      await test("KvStorage keeps the contract", async () => assert.deepEqual(await ask("/kv"), []));
      await test("KvStorage refuses more than a value holds", async () => {
        assert.match(await ask("/kv-too-large"), /RangeError: KvStorage\.write: bytes expected at most 26214400, got/);
      });
      await test("MemoryStorage of the library keeps the same contract", async () => {
        assert.deepEqual(await ask("/memory"), []);
      });
    }
    await runtime.dispose();
  }
}
