// The contract of storage for named byte blobs (checkpoints, policies): disk, memory, IndexedDB, a Worker's KV. Names are
// relative, slash-separated, without "." or ".." parts.

/**
 * A store of named byte blobs. A write either replaces the whole blob, or fails and leaves the previous blob. A reader never
 * sees half of a blob.
 */
export interface Storage {
  /** Returns the blob, or undefined when there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes a blob; a blob of the same name is replaced. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Deletes a blob. A name without a blob is no error. */
  delete(name: string): Promise<void>;
  /** Returns the names that start with `prefix`, sorted; without a prefix all names. */
  list(prefix?: string): Promise<string[]>;
}
