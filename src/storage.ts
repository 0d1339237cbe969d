// Where named byte blobs (checkpoints, policies) live: disk, memory, IndexedDB, a Worker's KV. Names are relative,
// slash-separated, without "." or ".." parts.

/** A write either replaces the whole blob or fails and leaves the previous one; a reader never sees half of one. */
export interface Storage {
  /** The blob, or undefined when there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Deleting what is not there is no error. */
  delete(name: string): Promise<void>;
  /** Names that start with `prefix`, sorted. */
  list(prefix?: string): Promise<string[]>;
}
