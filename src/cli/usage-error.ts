// What the person at the keyboard can put right: reported as one line, exit code 2. Everything else is exit code 1.

import { CheckpointError } from "../errors.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs what only checks or builds things from the user's input: what the library refuses there is wrong input.
 * @throws UsageError in place of TypeError, RangeError and CheckpointError
 */
export function asUsage<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof CheckpointError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}
