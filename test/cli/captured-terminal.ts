// A terminal whose output a test reads.

import { PassThrough } from "node:stream";
import { Terminal } from "../../src/cli/terminal.ts";

export interface CapturedTerminal {
  readonly terminal: Terminal;
  /** What was written since the last call. */
  read(): string;
}

/** @param live whether lines can be drawn over; without colours, which NO_COLOR decides */
export function capturedTerminal(live: boolean = false): CapturedTerminal {
  const stream = Object.assign(new PassThrough(), live ? { isTTY: true, columns: 120, rows: 40 } : {});
  const terminal = new Terminal(stream as unknown as NodeJS.WriteStream);
  return { terminal, read: () => stream.read()?.toString() ?? "" };
}
