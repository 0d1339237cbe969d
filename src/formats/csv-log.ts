// Records as comma-separated values (RFC 4180, line feeds).
//
// Values appear and vanish during a run (a loss after warm-up, an evaluation now and then), and a file that is only
// appended to cannot gain a column. So the default is the long form, one value a line, complete whatever happens and
// one `pivot` away from a table; who knows the columns beforehand and opens the file in a spreadsheet declares them.

import { show } from "../errors.ts";
import type { Logger, LogRecord, LogSink } from "../logger.ts";

export interface CsvLogOptions {
  /**
   * Names of values, in order: writes one line a record with these columns after step and seconds, empty where a record
   * has no such value; other values are left out. Default: the long form step,seconds,name,value.
   */
  readonly columns?: readonly string[];
}

export class CsvLog implements Logger {
  readonly #sink: LogSink;
  readonly #columns: readonly string[] | undefined;
  #headed: boolean;

  /** @throws RangeError when columns are empty or repeated */
  constructor(sink: LogSink, options: CsvLogOptions = {}) {
    const { columns } = options;
    if (columns && (columns.length === 0 || new Set(columns).size !== columns.length)) {
      throw new RangeError(
        `CsvLog: columns expected at least one name and no name twice, got ${show(columns)}. Omit them for the long form.`,
      );
    }
    this.#sink = sink;
    this.#columns = columns && [...columns];
    this.#headed = (sink.existingBytes ?? 0) > 0;
  }

  log(record: LogRecord): void {
    const lines = this.#headed ? [] : [["step", "seconds", ...(this.#columns ?? ["name", "value"])]];
    this.#headed = true;
    const step = String(record.step);
    const seconds = String(record.seconds);
    if (this.#columns) {
      const cells = this.#columns.map((name) =>
        Object.hasOwn(record.values, name) ? String(record.values[name]) : "",
      );
      lines.push([step, seconds, ...cells]);
    } else {
      for (const [name, value] of Object.entries(record.values)) lines.push([step, seconds, name, String(value)]);
    }
    // One write a record, so that a reader of the growing file sees whole records.
    const text = lines.map((cells) => `${cells.map(quote).join(",")}\n`).join("");
    if (text !== "") this.#sink.write(text);
  }

  flush(): void | Promise<void> {
    return this.#sink.flush?.();
  }

  close(): void | Promise<void> {
    return this.#sink.close?.();
  }
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
