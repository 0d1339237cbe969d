// A LogSink that appends to a file. Each chunk goes to the system at once, so a crash of the process loses nothing:
// a run logs a few records a second, and one small write costs microseconds.

import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { StateError } from "../errors.ts";
import type { LogSink } from "../logger.ts";

/** Opens `path` for appending, making it and its folders when they are missing. */
export class FileSink implements LogSink {
  readonly path: string;
  readonly existingBytes: number;
  #file: number | undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#file = openSync(path, "a");
    this.existingBytes = fstatSync(this.#file).size;
  }

  /** @throws StateError after close; Error with the system's error as its cause when the disk refuses */
  write(chunk: Uint8Array | string): void {
    const file = this.#open("write");
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    try {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset, bytes.length - offset);
    } catch (cause) {
      const words = (cause as Error).message;
      throw new Error(
        `FileSink.write: ${this.path} expected to take ${bytes.length} bytes, got ${words}. Check the disk.`,
        {
          cause,
        },
      );
    }
  }

  /** Returns when the bytes are on the disk, not only with the system. */
  flush(): void {
    fsyncSync(this.#open("flush"));
  }

  /** Closing twice is no error. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #open(call: string): number {
    if (this.#file !== undefined) return this.#file;
    throw new StateError(
      `FileSink.${call}: sink expected to be open, got ${this.path} closed. Make a new FileSink; it appends.`,
    );
  }
}
