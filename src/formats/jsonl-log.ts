// Records as flat JSON lines: {"step":1000,"seconds":1.5,"rollout/return":21}. Flat, because pandas (`read_json(lines=True)`),
// DuckDB and jq then read the values as columns directly.

import { show } from "../errors.ts";
import type { Logger, LogRecord, LogSink } from "../logger.ts";

/** Writes log records as flat JSON, one line per record. NaN and infinities become null, because JSON has neither. */
export class JsonlLog implements Logger {
  readonly #sink: LogSink;

  /** @param sink destination of the text */
  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** Writes one record as one line. @throws RangeError for a value with the name "step" or "seconds" */
  log(record: LogRecord): void {
    for (const name of ["step", "seconds"]) {
      if (!Object.hasOwn(record.values, name)) continue;
      throw new RangeError(
        `JsonlLog.log: value names expected other than step and seconds, got ${show(name)}. Rename the value.`,
      );
    }
    this.#sink.write(`${JSON.stringify({ step: record.step, seconds: record.seconds, ...record.values })}\n`);
  }

  /** Flushes the sink. */
  flush(): void | Promise<void> {
    return this.#sink.flush?.();
  }

  /** Closes the sink. */
  close(): void | Promise<void> {
    return this.#sink.close?.();
  }
}
