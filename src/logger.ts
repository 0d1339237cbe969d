// Where a run's numbers go. Writers (CSV, JSON lines, TensorBoard) turn records into bytes; who writes the bytes to a
// file, a socket or an array is the caller's choice, so writers work in every runtime.

/** Numbers measured at one environment step; keys such as "rollout/return", "train/loss", "eval/mean". */
export interface LogRecord {
  /** Environment steps so far. */
  readonly step: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Logger {
  log(record: LogRecord): void;
  /** Writes what is buffered; the logger may be used afterwards. */
  flush?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** Where a writer's bytes go: a file, a socket, an array. Chunks arrive in order; a text chunk is UTF-8. */
export interface LogSink {
  write(chunk: Uint8Array | string): void;
  flush?(): void | Promise<void>;
  close?(): void | Promise<void>;
  /** Bytes that lay there when it was opened; above 0 a writer adds to what is there and writes no second heading. */
  readonly existingBytes?: number;
}
