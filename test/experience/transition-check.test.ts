import { expect, test } from "vitest";
import { discrete } from "../../src/space.ts";
import { requireDiscreteStep } from "../../src/experience/transition-check.ts";

const GOOD = { observation: 0, action: 2, reward: -1.5, nextObservation: 0, terminated: false, truncated: true };

test("accepts a step of the space", () => {
  expect(() => requireDiscreteStep(GOOD, discrete(2, 1))).not.toThrow();
  expect(() => requireDiscreteStep({ ...GOOD, reward: 3.4e38 }, discrete(3))).not.toThrow();
});

test.each([
  [{ action: 3 }, RangeError, "observe: action expected an integer in 1..2, got 3. Pass what act returned."],
  [{ reward: 3.5e38 }, RangeError, "observe: reward expected a finite number, got 3.5e+38. Check the environment."],
  [{ reward: "1" }, RangeError, 'observe: reward expected a finite number, got "1". Check the environment.'],
  [
    { truncated: null },
    TypeError,
    "observe: terminated and truncated expected booleans, got false and null. Pass both.",
  ],
])("refuses %o", (part, kind, message) => {
  expect(() => requireDiscreteStep({ ...GOOD, ...part } as never, discrete(2, 1))).toThrow(new kind(message));
});
