// Records as comma-separated values (RFC 4180, line feeds).
//
// Values come and go during a run (a loss after warm-up, an evaluation now and then), but a growing file cannot get a new
// column. The default is therefore the long form: one value per line, complete in every case; one `pivot` makes it a table.
// Callers who know the columns in advance can declare them, and then open the file in a spreadsheet.

import { show } from "../errors.ts";
import type { Logger, LogRecord, LogSink } from "../logger.ts";

/** Options of CsvLog. */
export interface CsvLogOptions {
  /**
   * Names of the values that become columns, in this order, after step and seconds. Each record is then one line. A missing
   * value leaves its cell empty; values of other names are left out.
   * @defaultValue none: the long form step,seconds,name,value, one line per value
   */
  readonly columns?: readonly string[];
}

/** Writes log records as comma-separated values. */
export class CsvLog implements Logger {
  readonly #sink: LogSink;
  readonly #columns: readonly string[] | undefined;
  #headed: boolean;

  /**
   * @param sink    destination of the text
   * @param options columns. Default: none, the long form.
   * @throws RangeError for an empty list of columns or a repeated column
   */
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

  /** Writes one record. The first record of an empty file also writes the heading. */
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
    // One write per record, so that a reader of the growing file sees whole records.
    const text = lines.map((cells) => `${cells.map(quote).join(",")}\n`).join("");
    if (text !== "") this.#sink.write(text);
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

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
