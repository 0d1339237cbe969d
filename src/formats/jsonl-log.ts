// Records as JSON lines, flat: {"step":1000,"seconds":1.5,"rollout/return":21}. Flat, because pandas
// (`read_json(lines=True)`), DuckDB and jq then see the values as columns without a second step.

import { show } from "../errors.ts";
import type { Logger, LogRecord, LogSink } from "../logger.ts";

/** JSON has no NaN and no infinities; they are written as null. */
export class JsonlLog implements Logger {
  readonly #sink: LogSink;

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** @throws RangeError when a value is called step or seconds */
  log(record: LogRecord): void {
    for (const name of ["step", "seconds"]) {
      if (!Object.hasOwn(record.values, name)) continue;
      throw new RangeError(
        `JsonlLog.log: value names expected other than step and seconds, got ${show(name)}. Rename the value.`,
      );
    }
    this.#sink.write(`${JSON.stringify({ step: record.step, seconds: record.seconds, ...record.values })}\n`);
  }

  flush(): void | Promise<void> {
    return this.#sink.flush?.();
  }

  close(): void | Promise<void> {
    return this.#sink.close?.();
  }
}
