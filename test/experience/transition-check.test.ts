import { expect, test } from "vitest";
import { requireLength, requireOutcome, requireReward } from "../../src/experience/transition-check.ts";

const GOOD = { reward: -1.5, terminated: false, truncated: true };

test("accepts rewards that float32 can hold, and flags", () => {
  expect(() => requireOutcome("observe", GOOD)).not.toThrow();
  expect(() => requireOutcome("observe", { ...GOOD, reward: 3.4e38 })).not.toThrow();
  expect(() => requireReward("learn", 0, -3.4e38)).not.toThrow();
});

test.each([
  [{ reward: 3.5e38 }, RangeError, "observe: reward expected a finite number, got 3.5e+38. Check the environment."],
  [{ reward: Number.NaN }, RangeError, "observe: reward expected a finite number, got NaN. Check the environment."],
  [{ reward: "1" }, RangeError, 'observe: reward expected a finite number, got "1". Check the environment.'],
  [
    { truncated: null },
    TypeError,
    "observe: terminated and truncated expected booleans, got false and null. Pass both.",
  ],
  [{ terminated: 1 }, TypeError, "observe: terminated and truncated expected booleans, got 1 and true. Pass both."],
])("refuses %o", (part, kind, message) => {
  expect(() => requireOutcome("observe", { ...GOOD, ...part } as never)).toThrow(new kind(message));
});

test("says which of several environments gave a reward that is none", () => {
  expect(() => requireReward("learn", 3, 1e39)).toThrow(
    new RangeError("learn: reward of environment 3 expected a finite number, got 1e+39. Check the environment."),
  );
});

test("wants rows for all environments", () => {
  expect(() => requireLength("observeRows", "terminated", undefined, 2)).toThrow(
    "observeRows: terminated expected 2 numbers, got undefined.",
  );
  expect(() => requireLength("actRows", "observations", new Float32Array(6), 6)).not.toThrow();
  expect(() => requireLength("actRows", "observations", Float32Array.of(1, 2), 6)).toThrow(
    new RangeError(
      "actRows: observations expected 6 numbers, got Float32Array [1, 2]. Pass those of all environments or observations.",
    ),
  );
});
