// Implements Storage on the storage of a Durable Object. A value there has at most 128 KiB (2 MB with SQLite), so a blob is
// cut into parts:
//
//   blob/<name>      { bytes, parts }         part/<name>/<i>   bytes i * PART_BYTES ...
//
// Every call is one transaction: a blob is replaced completely or not at all, and a reader never sees a half-written blob.
// Names are used unchanged; a key may have up to 2048 bytes.

import type { Storage } from "bellwether";

/** The members of a Durable Object's `ctx.storage` that this file uses. */
export interface ObjectStorage extends ObjectTransaction {
  transaction<T>(work: (transaction: ObjectTransaction) => Promise<T>): Promise<T>;
}

interface ObjectTransaction {
  get<T>(key: string): Promise<T | undefined>;
  get<T>(keys: string[]): Promise<Map<string, T>>;
  put(entries: Record<string, unknown>): Promise<void>;
  delete(keys: string[]): Promise<number>;
  list<T>(options: { prefix: string }): Promise<Map<string, T>>;
}

interface Manifest {
  readonly bytes: number;
  readonly parts: number;
}

/** Bytes of a part: below 128 KiB together with the data that the platform adds to a value. */
const PART_BYTES = 126_976;
/** Largest number of keys in one call. */
const BATCH = 128;

export class DurableObjectStorage implements Storage {
  readonly #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return this.#storage.transaction(async (transaction) => {
      const manifest = await transaction.get<Manifest>(`blob/${name}`);
      if (manifest === undefined) return undefined;
      const blob = new Uint8Array(manifest.bytes);
      let offset = 0;
      for (const keys of batches(partKeys(name, 0, manifest.parts))) {
        const parts = await transaction.get<Uint8Array>(keys);
        for (const key of keys) {
          const part = parts.get(key) as Uint8Array;
          blob.set(part, offset);
          offset += part.length;
        }
      }
      return blob;
    });
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    const parts = Math.ceil(bytes.length / PART_BYTES);
    return this.#storage.transaction(async (transaction) => {
      const previous = await transaction.get<Manifest>(`blob/${name}`);
      for (const keys of batches(partKeys(name, 0, parts).map((key, i) => [key, i] as const))) {
        const entries = keys.map(([key, i]) => [key, bytes.slice(i * PART_BYTES, (i + 1) * PART_BYTES)]);
        await transaction.put(Object.fromEntries(entries));
      }
      await transaction.put({ [`blob/${name}`]: { bytes: bytes.length, parts } satisfies Manifest });
      for (const keys of batches(partKeys(name, parts, previous?.parts ?? 0))) await transaction.delete(keys);
    });
  }

  delete(name: string): Promise<void> {
    return this.#storage.transaction(async (transaction) => {
      const manifest = await transaction.get<Manifest>(`blob/${name}`);
      if (manifest === undefined) return;
      const keys = [`blob/${name}`, ...partKeys(name, 0, manifest.parts)];
      for (const batch of batches(keys)) await transaction.delete(batch);
    });
  }

  async list(prefix: string = ""): Promise<string[]> {
    const manifests = await this.#storage.list<Manifest>({ prefix: `blob/${prefix}` });
    return [...manifests.keys()].map((key) => key.slice("blob/".length)).sort();
  }
}

function partKeys(name: string, from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => `part/${name}/${from + i}`);
}

function batches<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, i) => list.slice(i * BATCH, (i + 1) * BATCH));
}
