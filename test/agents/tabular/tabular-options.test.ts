// What tabular agents can be told.

import { expect, test } from "vitest";
import { TABULAR, type TabularOptions } from "../../../src/agents/tabular/tabular-options.ts";
import { discrete } from "../../../src/space.ts";
import { readOptions } from "../../../src/training/options.ts";

const read = (given: TabularOptions) =>
  readOptions(
    { name: "Probe", fields: TABULAR.fields },
    { observationSpace: discrete(2), actionSpace: discrete(2) },
    given,
  );

test("defaults converge where outcomes are uncertain", () => {
  expect(read({})).toMatchObject({
    ...{ discount: 0.99, stepSize: { type: "visits", exponent: 0.6 }, initialValue: 0, epsilon: 0.1 },
    totalSteps: 200_000,
  });
});

test("numbers at their bounds are taken as they are", () => {
  const given = { discount: 1, stepSize: 1, initialValue: -5, epsilon: { type: "linear", from: 1, to: 0 } } as const;
  expect(read(given)).toMatchObject(given);
  expect(read({ discount: 0, epsilon: 0 })).toMatchObject({ discount: 0, epsilon: 0 });
});

test.each<[TabularOptions & object, string]>([
  [{ discount: 1.5 }, "Probe: discount expected a number at least 0 and at most 1, got 1.5. It is gamma."],
  [{ stepSize: 0 }, "Probe: stepSize expected a number above 0 and at most 1, got 0."],
  [{ stepSize: { type: "visits", exponent: 0.5 } }, "Probe: stepSize.exponent expected a number above 0.5"],
  [{ initialValue: Number.POSITIVE_INFINITY }, "Probe: initialValue expected a"],
  [{ epsilon: -0.1 }, "Probe: epsilon expected a number at least 0 and at most 1, got -0.1"],
  [
    { epsilon: { type: "linear", from: 2, to: 0 } },
    "Probe: epsilon.from expected a number at least 0 and at most 1, got 2",
  ],
  [{ gamma: 0.9 } as never, 'Probe: option expected a known name, got "gamma". Known options: seed, totalSteps,'],
])("refuses %j", (given, message) => {
  expect(() => read(given)).toThrow(message);
});

test("tables number their observations and their actions", () => {
  expect(TABULAR.observations).toEqual(["discrete", "multi-discrete"]);
  expect(TABULAR.actions).toEqual(["discrete"]);
  expect(TABULAR.learnsFrom).toBe("steps");
});
