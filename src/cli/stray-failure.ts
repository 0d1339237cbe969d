// Failures that no caller can catch: a rejection that nobody awaits, an error in a timer, a promise that never settles.
// They come from users' files. Without this guard the runtime ends with a stack trace, or with no word at all.

import { pathToFileURL } from "node:url";
import { UsageError } from "./usage-error.ts";
import { failureText, userPlace } from "./user-failure.ts";

/** A user's file: its path, and its name as the user would write it. */
interface UserFile {
  readonly shown: string;
  readonly file: string;
}

/** Modules whose import has begun, in the order of their first use. */
const begun: UserFile[] = [];
/** Promises of the user's files that have not settled, in words. */
const unsettled = new Set<{ readonly shown: string; readonly what: string }>();

/** Remembers a user's file before its code runs. */
export function noteFile(file: UserFile): void {
  begun.push(file);
}

/** Remembers a promise of a user's file until it settles. @param what source of the promise, such as "step" */
export function watchPromise(shown: string, what: string, promise: PromiseLike<unknown>): void {
  const entry = { shown, what };
  const settled = (): void => void unsettled.delete(entry);
  unsettled.add(entry);
  promise.then(settled, settled);
}

/**
 * Does the work, and fails as soon as one of these failures comes. The work itself may then still go on: end the process.
 * @param onStray called before such a failure is thrown
 */
export async function catchingStrays<T>(work: () => Promise<T>, onStray: () => void = () => {}): Promise<T> {
  let reject: (error: unknown) => void = () => {};
  const stray = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  const fail = (failure: unknown): void => {
    onStray();
    reject(failure);
  };
  const uncaught = (error: unknown): void => fail(strayFailure(error));
  const idle = (): void => fail(unsettledFailure());
  process.on("uncaughtException", uncaught);
  process.on("unhandledRejection", uncaught);
  process.once("beforeExit", idle);
  try {
    return await Promise.race([work(), stray]);
  } finally {
    process.off("uncaughtException", uncaught);
    process.off("unhandledRejection", uncaught);
    process.off("beforeExit", idle);
  }
}

/** Returns the error for a process that has nothing left to do while its command still waits. */
function unsettledFailure(): UsageError {
  const [last] = [...unsettled].slice(-1);
  const where = last === undefined ? filesBegun() : last.shown;
  const what = last?.what ?? "a promise";
  return new UsageError(
    `${where}: ${what} expected a promise that settles, got one that never does. Resolve it, or reject it with an Error.`,
  );
}

/** Returns the error to report for one that no caller could catch. */
function strayFailure(error: unknown): unknown {
  if (error instanceof UsageError || begun.length === 0) return error;
  const place = userPlace(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const isIn = ({ file }: UserFile): boolean => stack.includes(pathToFileURL(file).href) || stack.includes(file);
  const module = begun.find(({ file }) => file === place?.file) ?? begun.find(isIn);
  return new UsageError(failureText(module?.shown ?? filesBegun(), module?.file ?? "", error, place), { cause: error });
}

function filesBegun(): string {
  return begun.map(({ shown }) => shown).join(" or ") || "command";
}
