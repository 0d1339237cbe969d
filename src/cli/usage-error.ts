// The error for mistakes that the user can correct: reported as one line, with exit code 2. Other errors have exit code 1.

import { CheckpointError, UnsupportedError } from "../errors.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs code that only checks the user's input or builds something from it. An error of the library there means wrong input.
 * @throws UsageError in place of errors for which `isRefusal` is true
 */
export function asUsage<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw isRefusal(error) ? new UsageError(error.message, { cause: error }) : error;
  }
}

/**
 * Reads what a file holds. A refusal of its contents begins with the name of the file.
 * @param file path for the message
 * @throws UsageError as `asUsage`; errors that name a file of their own pass unchanged
 */
export async function readingFile<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const refused = error instanceof UsageError ? error.cause : error;
    const isOfLibrary = isRefusal(refused) && refused.message === (error as Error).message;
    throw isOfLibrary ? new UsageError(`${file}: ${refused.message}`, { cause: refused }) : error;
  }
}

/** True for the kinds of errors that the library throws for wrong input. */
export function isRefusal(error: unknown): error is Error {
  return [TypeError, RangeError, CheckpointError, UnsupportedError].some((kind) => error instanceof kind);
}
