// A Storage in memory that lives as long as the object: for tests, for browsers without persistence, and as the simplest
// example of the contract.

import type { Storage } from "../storage.ts";
import { requireBlob, requireStorageName } from "./storage-name.ts";

/** Storage in memory. Blobs are copied on write and on read, so that a later change of an array does not change a blob. */
export class MemoryStorage implements Storage {
  readonly #blobs = new Map<string, Uint8Array>();

  /** Returns a copy of a blob, or undefined when the name has no blob. */
  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(requireStorageName("MemoryStorage.read", name))?.slice();
  }

  /** Stores a copy of `bytes`; an existing blob of this name is replaced. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const key = requireStorageName("MemoryStorage.write", name);
    this.#blobs.set(key, new Uint8Array(requireBlob("MemoryStorage.write", bytes)));
  }

  /** Deletes a blob. A missing blob is no error. */
  async delete(name: string): Promise<void> {
    this.#blobs.delete(requireStorageName("MemoryStorage.delete", name));
  }

  /** Returns the names of all blobs that start with `prefix`, sorted. @param prefix beginning of the names. Default: "". */
  async list(prefix: string = ""): Promise<string[]> {
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
