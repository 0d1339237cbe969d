import { afterEach, expect, test } from "vitest";
import { Interruption } from "../../src/cli/interruption.ts";

let interruption: Interruption | undefined;
afterEach(() => interruption?.release());

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("the first %s asks to stop, and is exit code %i", (signal, exitCode) => {
  interruption = new Interruption();
  expect([interruption.signal.aborted, interruption.exitCode]).toEqual([false, 0]);
  process.emit(signal, signal);
  expect([interruption.signal.aborted, interruption.exitCode]).toEqual([true, exitCode]);
});

test("once released it hears nothing", () => {
  const before = process.listenerCount("SIGINT");
  interruption = new Interruption();
  expect(process.listenerCount("SIGINT")).toBe(before + 1);
  interruption.release();
  expect(process.listenerCount("SIGINT")).toBe(before);
});
