// Choices whose outcomes are still to come: what is observed must be of them.

import { describe, expect, test } from "vitest";
import { StateError } from "../../src/errors.ts";
import { ActionEncoder } from "../../src/experience/action-encoder.ts";
import { AwaitedChoices, type AwaitedSlots } from "../../src/experience/awaited-choices.ts";
import { box, discrete, type Space } from "../../src/space.ts";
import { stepOf } from "./step-rows.ts";

/** Two of three environments chose in slots 1 and 2, for observations 10 and 20. */
function awaited(space: Space = discrete(4, 5), given: readonly number[] = [2, 0]) {
  const actions = new ActionEncoder(space as never);
  const choices = new AwaitedChoices(actions, 1, 3);
  choices.expect(2, Float32Array.from(given));
  const slots: AwaitedSlots = { size: 1, observation: Float32Array.of(0, 10, 20, 0) };
  const check = (ahead: number, observation: number, action: readonly number[], rows: number = 1): void => {
    const written = { observation: [observation], next: [0], action };
    const step = stepOf(Array.from({ length: rows }, () => written));
    choices.check("observe", slots, ahead, step, rows - 1);
  };
  return { choices, check, slots };
}

test("takes what was chosen for what it was chosen for, environments in their order", () => {
  const { check } = awaited();
  expect(() => check(0, 10, [2])).not.toThrow();
  expect(() => check(1, 20, [0])).not.toThrow();
});

const KNOWS_NOTHING = new StateError(
  "observe: action expected to be one that this agent chose, got one that it knows nothing of. It learns from its own actions: call act(observation, { explore: true }) first, once per transition.",
);

test("knows nothing of a third choice, nor of any before one is made or after all are forgotten", () => {
  const { check, choices } = awaited();
  expect(() => check(2, 0, [0])).toThrow(KNOWS_NOTHING);
  choices.forget();
  expect(choices.count).toBe(0);
  expect(() => check(0, 10, [2])).toThrow(KNOWS_NOTHING);
});

test("goes on with the next choice where one was observed", () => {
  const { check, choices, slots } = awaited();
  choices.taken(1);
  expect(choices.count).toBe(1);
  Object.assign(slots, { size: 2 });
  expect(() => check(0, 20, [0])).not.toThrow();
  expect(() => check(0, 20, [2])).toThrow("action expected 5, which was chosen, got 7.");
  choices.taken(3);
  expect(choices.count).toBe(0);
});

test("puts new choices in the place of those still awaited", () => {
  const { check, choices } = awaited();
  choices.expect(1, Float32Array.of(3, 9));
  expect(choices.count).toBe(1);
  expect(() => check(0, 10, [3])).not.toThrow();
  expect(() => check(1, 20, [0])).toThrow(KNOWS_NOTHING);
});

test("refuses another observation", () => {
  const { check } = awaited();
  expect(() => check(0, 20, [2])).toThrow(
    new RangeError(
      "observe: observation expected the one that the action was chosen for, got another. Observe every step before the next one is acted on, environments in their order.",
    ),
  );
});

describe("another action is refused as the caller knows it", () => {
  test("counted from the space's start, and with the environment where there are several", () => {
    const { check } = awaited();
    expect(() => check(0, 10, [1])).toThrow(
      new RangeError("observe: action expected 7, which was chosen, got 6. Pass what act returned."),
    );
    expect(() => check(1, 20, [1], 2)).toThrow(
      new RangeError("observe: action of environment 1 expected 5, which was chosen, got 6. Pass what act returned."),
    );
  });

  test("with all of its numbers", () => {
    const { check } = awaited(box(-1, 1, [2]), [0.5, -0.25, 1, 0]);
    expect(() => check(0, 10, [0.5, -0.25])).not.toThrow();
    expect(() => check(1, 20, [1, 0])).not.toThrow();
    expect(() => check(0, 10, [0.5, 0])).toThrow(
      new RangeError("observe: action expected [0.5, -0.25], which was chosen, got [0.5, 0]. Pass what act returned."),
    );
  });
});
