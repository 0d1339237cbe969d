import { expect, test } from "vitest";
import { asUsage } from "../../src/cli/usage-error.ts";
import { CheckpointError, UnsupportedError } from "../../src/errors.ts";

const thrown = (error: unknown): unknown => {
  try {
    asUsage(() => {
      throw error;
    });
  } catch (caught) {
    return caught;
  }
  return undefined;
};

test("what the library refuses is wrong input, with the refusal as its cause", () => {
  expect(asUsage(() => 3)).toBe(3);
  for (const Refusal of [TypeError, RangeError, CheckpointError, UnsupportedError]) {
    const refusal = new Refusal("no");
    expect(thrown(refusal)).toMatchObject({ name: "UsageError", message: "no", cause: refusal });
  }
});

test("any other error is passed on as it is", () => {
  const error = new Error("a fault");
  expect(thrown(error)).toBe(error);
  expect(thrown("text")).toBe("text");
});
