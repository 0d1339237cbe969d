// A LogSink that appends to a file. Each chunk goes to the operating system at once, so that a crash of the process loses
// nothing. A run logs a few records per second, and one small write costs microseconds.

import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { StateError } from "../errors.ts";
import type { LogSink } from "../logger.ts";

/** A log sink that appends to a file. */
export class FileSink implements LogSink {
  /** Path of the file. */
  readonly path: string;
  /** Size of the file when it was opened, in bytes. */
  readonly existingBytes: number;
  #file: number | undefined;

  /** Opens `path` for appending. A missing file and missing folders are created. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#file = openSync(path, "a");
    this.existingBytes = fstatSync(this.#file).size;
  }

  /**
   * Appends a chunk to the file; text is written as UTF-8.
   * @throws StateError after `close`; Error when the disk refuses, with the system's error as its cause
   */
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

  /** Waits until all bytes are on the disk. @throws StateError after `close` */
  flush(): void {
    fsyncSync(this.#open("flush"));
  }

  /** Closes the file. A second call does nothing. */
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
