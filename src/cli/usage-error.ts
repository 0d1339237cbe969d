// What the person at the keyboard can put right: reported as one line, exit code 2. Everything else is exit code 1.

import { CheckpointError, UnsupportedError } from "../errors.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs what only checks or builds things from the user's input: what the library refuses there is wrong input.
 * @throws UsageError in place of the errors by which the library refuses
 */
export function asUsage<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw isRefusal(error) ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Whether the library refused what it was given. */
export function isRefusal(error: unknown): error is Error {
  return [TypeError, RangeError, CheckpointError, UnsupportedError].some((kind) => error instanceof kind);
}
