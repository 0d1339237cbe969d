import { describe, expect, test } from "vitest";
import { checkSchedule, type Schedule, scheduleValue, writeScheduleValue } from "../../src/training/schedule.ts";

const at = (envSteps: number, episodes = 0) => ({ envSteps, episodes, totalSteps: 1000 });

const CASES: [string, Schedule, ReturnType<typeof at>, number][] = [
  ["a constant", 0.3, at(999), 0.3],
  ["linear at the start", { type: "linear", from: 1, to: 0.2 }, at(0), 1],
  ["linear half way", { type: "linear", from: 1, to: 0.2 }, at(500), 0.6],
  ["linear at the end", { type: "linear", from: 1, to: 0.2 }, at(1000), 0.2],
  ["linear past the end", { type: "linear", from: 1, to: 0.2 }, at(5000), 0.2],
  ["linear over a share", { type: "linear", from: 1, to: 0, fraction: 0.1 }, at(50), 0.5],
  ["linear over steps", { type: "linear", from: 0, to: 1, steps: 200 }, at(50), 0.25],
  ["steps win over the share", { type: "linear", from: 0, to: 1, steps: 200, fraction: 0.5 }, at(100), 0.5],
  ["exponential at the start", { type: "exponential", from: 1, to: 0.1, steps: 100 }, at(0), 1],
  ["exponential", { type: "exponential", from: 1, to: 0, steps: 100 }, at(200), 0.1353352832366127],
  ["per episode", { type: "per-episode", from: 1, to: 0.01, factor: 0.5 }, at(7, 3), 0.125],
  ["per episode at its floor", { type: "per-episode", from: 1, to: 0.2, factor: 0.5 }, at(7, 30), 0.2],
];

test.each(CASES)("%s", (_, schedule, position, expected) => {
  expect(scheduleValue(schedule, position)).toBeCloseTo(expected, 14);
  const target = new Float64Array(1);
  writeScheduleValue(schedule, position, target);
  expect(target[0]).toBe(scheduleValue(schedule, position));
  expect(() => checkSchedule("x", "y", schedule, { min: 0, max: 1 })).not.toThrow();
});

describe("refuses", () => {
  test.each([
    [null, "x: y expected a number at least 0 and at most 1, got null."],
    ["0.1", 'x: y expected a number at least 0 and at most 1, got "0.1".'],
    [{ type: "step" }, 'x: y.type expected one of linear, exponential, per-episode, got "step".'],
    [{ type: "linear", from: 1 }, "x: y.to expected a number at least 0 and at most 1, got undefined."],
    [
      { type: "linear", from: 1, to: 0, fraction: 0 },
      "x: y.fraction expected a number above 0 and at most 1, got 0. It is a share of totalSteps.",
    ],
    [
      { type: "linear", from: 1, to: 0, steps: 0 },
      "x: y.steps expected a number above 0, got 0. It counts environment steps.",
    ],
    [
      { type: "linear", from: 1, to: 0, step: 5 },
      'x: y: option expected a known name, got "step". Did you mean steps?',
    ],
    [
      { type: "exponential", from: 1, to: 0 },
      "x: y.steps expected a number above 0, got undefined. It counts environment steps.",
    ],
    [
      { type: "per-episode", from: 1, to: 0, factor: 2 },
      "x: y.factor expected a number above 0 and at most 1, got 2. Use for example 0.995.",
    ],
  ])("%o", (schedule, message) => {
    expect(() => checkSchedule("x", "y", schedule as Schedule, { min: 0, max: 1 })).toThrow(message);
  });
});
