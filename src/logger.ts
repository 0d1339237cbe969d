// Logging of a run's numbers. Writers (CSV, JSON lines, TensorBoard) turn records into bytes. The caller provides the sink that
// takes the bytes (a file, a socket, an array), so that writers work in every runtime.

/** Numbers measured at one environment step; keys such as "rollout/return", "train/loss", "eval/mean". */
export interface LogRecord {
  /** Environment steps so far. */
  readonly step: number;
  /** Seconds since the run began. */
  readonly seconds: number;
  /** Measured numbers by name. */
  readonly values: Readonly<Record<string, number>>;
}

/** A receiver of log records. */
export interface Logger {
  /** Takes one record. */
  log(record: LogRecord): void;
  /** Writes all buffered records. The logger may be used afterwards. */
  flush?(): void | Promise<void>;
  /** Ends the log and closes its destination. */
  close?(): void | Promise<void>;
}

/** The destination of a writer's bytes: a file, a socket, an array. */
export interface LogSink {
  /** Takes the next chunk. Chunks arrive in order; a text chunk is written as UTF-8. */
  write(chunk: Uint8Array | string): void;
  /** Completes pending writes. */
  flush?(): void | Promise<void>;
  /** Closes the destination. */
  close?(): void | Promise<void>;
  /** Bytes that the destination held when it was opened. Above 0 a writer appends and writes no second heading. */
  readonly existingBytes?: number;
}
