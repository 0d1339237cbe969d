// A Storage that lives as long as the object: for tests, for browsers without persistence, and as the simplest model
// of the contract.

import type { Storage } from "../storage.ts";
import { requireBlob, requireStorageName } from "./storage-name.ts";

/** Blobs are copied in and out: changing an array afterwards changes nothing that is stored. */
export class MemoryStorage implements Storage {
  readonly #blobs = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(requireStorageName("MemoryStorage.read", name))?.slice();
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const key = requireStorageName("MemoryStorage.write", name);
    this.#blobs.set(key, new Uint8Array(requireBlob("MemoryStorage.write", bytes)));
  }

  async delete(name: string): Promise<void> {
    this.#blobs.delete(requireStorageName("MemoryStorage.delete", name));
  }

  async list(prefix: string = ""): Promise<string[]> {
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
