// A Worker that checks the storage contract inside the runtime of the storages.

import { DurableObject } from "cloudflare:workers";
import { MemoryStorage } from "bellwether";
import { DurableObjectStorage, type ObjectStorage } from "../src/durable-object-storage.ts";
import { type KvNamespace, KvStorage } from "../src/kv-storage.ts";
import { storageFaults } from "./storage-contract.ts";

interface Env {
  readonly OBJECT: DurableObjectNamespace<StorageObject>;
  readonly KV: KvNamespace;
}

const SIZES = [5, 0, 126_976, 126_977, 600_000, 3, 17_000_000, 1];

export class StorageObject extends DurableObject<Env> {
  async faults(): Promise<string[]> {
    const faults = await storageFaults(new DurableObjectStorage(this.ctx.storage), SIZES);
    const left = await this.ctx.storage.list({ prefix: "" });
    return left.size === 0 ? faults : [...faults, `leaves ${[...left.keys()].join()}`];
  }

  /** Makes a write whose last step fails. */
  async failedWrite(): Promise<string> {
    const { storage } = this.ctx;
    await new DurableObjectStorage(storage).write("a", new Uint8Array(500_000).fill(1));
    const failing: ObjectStorage = {
      get: storage.get.bind(storage),
      put: storage.put.bind(storage),
      delete: storage.delete.bind(storage),
      list: storage.list.bind(storage),
      transaction: (work) =>
        storage.transaction((transaction) =>
          work({
            get: transaction.get.bind(transaction),
            list: transaction.list.bind(transaction),
            delete: transaction.delete.bind(transaction),
            put: (entries) => ("blob/a" in entries ? Promise.reject(new Error("disk full")) : transaction.put(entries)),
          }),
        ),
    };
    const problem = await new DurableObjectStorage(failing).write("a", new Uint8Array(400_000).fill(2)).catch(String);
    const bytes = await new DurableObjectStorage(storage).read("a");
    return `${problem}: ${bytes?.length} bytes, all 1: ${bytes?.every((byte) => byte === 1)}`;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const object = env.OBJECT.getByName("storage");
    switch (new URL(request.url).pathname) {
      case "/object":
        return Response.json(await object.faults());
      case "/object-failed-write":
        return Response.json(await object.failedWrite());
      case "/kv":
        return Response.json(await storageFaults(new KvStorage(env.KV), SIZES));
      case "/memory":
        return Response.json(await storageFaults(new MemoryStorage(), SIZES));
      case "/kv-too-large":
        return Response.json(
          await new KvStorage(env.KV).write("a", new Uint8Array(25 * 2 ** 20 + 1)).then(() => "written", String),
        );
      default:
        return new Response(null, { status: 404 });
    }
  },
};
