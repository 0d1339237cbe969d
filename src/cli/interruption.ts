// Ctrl-C and SIGTERM ask politely the first time: work stops at the next good moment. The second time they end the
// process at once; files are replaced atomically, so that costs the work since the last checkpoint and nothing else.

import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class Interruption {
  readonly #controller = new AbortController();
  /** By convention 128 and the signal's number: 130 after Ctrl-C. */
  exitCode = 0;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    for (const name of SIGNALS) process.off(name, this.#interrupt);
  }

  readonly #interrupt = (name: NodeJS.Signals): void => {
    this.exitCode = 128 + constants.signals[name];
    if (!this.#controller.signal.aborted) {
      this.#controller.abort();
      return;
    }
    if (process.stdout.isTTY) process.stdout.write("\u001b[?25h");
    process.exit(this.exitCode);
  };
}
