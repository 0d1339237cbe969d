// Implements Storage on a Workers KV namespace: one value per blob; a put is atomic. KV is eventually consistent (another
// location may see the previous blob for a minute or more) and accepts one write per second and name.

import type { Storage } from "bellwether";

/** The members of a KV namespace that this file uses. */
export interface KvNamespace {
  get(key: string, type: "arrayBuffer"): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: { prefix: string; cursor?: string | null }): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
}

const VALUE_BYTES = 25 * 1024 * 1024;

export class KvStorage implements Storage {
  readonly #namespace: KvNamespace;

  constructor(namespace: KvNamespace) {
    this.#namespace = namespace;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const value = await this.#namespace.get(name, "arrayBuffer");
    return value === null ? undefined : new Uint8Array(value);
  }

  /** @throws RangeError for more than 25 MiB, the largest KV value */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > VALUE_BYTES) {
      throw new RangeError(
        `KvStorage.write: bytes expected at most ${VALUE_BYTES}, got ${bytes.length}. Lower the replay capacity, or use DurableObjectStorage.`,
      );
    }
    await this.#namespace.put(name, bytes);
  }

  async delete(name: string): Promise<void> {
    await this.#namespace.delete(name);
  }

  async list(prefix: string = ""): Promise<string[]> {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.#namespace.list({ prefix, cursor });
      names.push(...page.keys.map((key) => key.name));
      cursor = page.list_complete ? null : (page.cursor ?? null);
    } while (cursor !== null);
    return names.sort();
  }
}
