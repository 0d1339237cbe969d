// Handles Ctrl-C and SIGTERM. The first signal asks the work to stop at the next safe moment. The second signal ends the
// process at once. Files are replaced atomically, so only the work since the last checkpoint is lost.

import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class Interruption {
  readonly #controller = new AbortController();
  /** Exit code after a signal, by convention 128 + the signal's number (130 after Ctrl-C); 0 before. */
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
