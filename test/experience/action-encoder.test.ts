import { describe, expect, test } from "vitest";
import { ActionEncoder, actionSize, requireActionSpace } from "../../src/experience/action-encoder.ts";
import { box, dict, discrete, multiBinary, multiDiscrete, type Space, type SpaceValue } from "../../src/space.ts";

const SPACES: [Space, number, readonly number[]][] = [
  [discrete(3, 5), 1, [3]],
  [multiDiscrete([2, 4]), 2, [2, 4]],
  [multiBinary(3), 3, []],
  [box(-1, 1, [2, 2]), 4, []],
];

test.each(SPACES)("of %o: numbers per action, and options that a mask can forbid", (space, size, choices) => {
  const encoder = new ActionEncoder(requireActionSpace("test", space));
  expect([encoder.size, encoder.choices, actionSize(space)]).toEqual([size, choices, size]);
  expect(encoder.options).toBe(choices.reduce((sum, n) => sum + n, 0));
});

test("a Dict is no action", () => {
  expect(() => requireActionSpace("PPO", dict({ a: discrete(2) }))).toThrow(
    new TypeError(
      "PPO: actionSpace expected discrete, multi-discrete, multi-binary or box, got dict. Wrap the environment so that it takes one of them.",
    ),
  );
  expect(actionSize(dict({ a: discrete(2) }))).toBe(0);
});

test("presents actions within the bounds of a Box, elementwise, and others as they are", () => {
  const present = (space: Space, rows: number, stored: number[]): number[] => {
    const given = new Float32Array(stored.length).fill(99);
    new ActionEncoder(requireActionSpace("test", space)).present(rows, Float32Array.from(stored), given);
    return Array.from(given);
  };
  const uneven = box([-1, 0], [1, Number.POSITIVE_INFINITY]);
  expect(present(uneven, 2, [-3, -3, 0.5, 1e9, 7, 7])).toEqual([-1, 0, 0.5, 1e9, 99, 99]);
  expect(present(discrete(3, 5), 2, [0, 2])).toEqual([0, 2]);
  expect(present(multiBinary(2), 1, [1, 0])).toEqual([1, 0]);
});

describe("encode", () => {
  const encode = (space: Space, action: unknown, environment?: number): number[] => {
    const encoder = new ActionEncoder(requireActionSpace("test", space));
    const row = new Float32Array(encoder.size + 1).fill(99);
    encoder.encode("observe", action as SpaceValue, row, 1, environment);
    return Array.from(row);
  };

  test("writes actions as they are stored", () => {
    expect(encode(discrete(3, 5), 7)).toEqual([99, 2]);
    expect(encode(multiDiscrete([2, 4]), [1, 3])).toEqual([99, 1, 3]);
    expect(encode(multiBinary(2), Uint8Array.of(0, 1))).toEqual([99, 0, 1]);
    // Bounds are the environment's business.
    expect(encode(box(-1, 1, [2]), [-3, 0.5])).toEqual([99, -3, 0.5]);
  });

  test.each([
    [discrete(3, 5), 4, "observe: action expected an integer in 5..7, got 4. Pass what act returned."],
    [discrete(3), 0.5, "observe: action expected an integer in 0..2, got 0.5."],
    [multiDiscrete([2, 4]), [1], "observe: action expected 2 numbers, got [1]."],
    [multiDiscrete([2, 4]), 1, "observe: action expected 2 numbers, got 1."],
    [multiDiscrete([2, 4]), [1, 4], "observe: action expected an integer in 0..3 at index 1, got [1, 4]."],
    [multiBinary(2), [0, 2], "observe: action expected 0 and 1, got [0, 2]."],
    [box(-1, 1, [2]), [0, Number.NaN], "observe: action expected finite numbers, got [0, NaN]."],
    [box(-1, 1, [2]), [0, 1e39], "observe: action expected finite numbers, got [0, 1e+39]."],
    [box(-1, 1, [2]), [0, "1"], "observe: action expected finite numbers, got"],
    [box(-1, 1, [2]), null, "observe: action expected 2 numbers, got null."],
  ] as [Space, unknown, string][])("in %o refuses %o", (space, action, message) => {
    expect(() => encode(space, action)).toThrow(RangeError);
    expect(() => encode(space, action)).toThrow(message);
  });

  test("says which of several environments an action was for", () => {
    expect(() => encode(discrete(2), 2, 3)).toThrow(
      "observe: action of environment 3 expected an integer in 0..1, got 2. Pass what actRows wrote.",
    );
  });
});

describe("encodeRow", () => {
  const encodeRow = (space: Space, actions: number[], environment: number): number[] => {
    const encoder = new ActionEncoder(requireActionSpace("test", space));
    const row = new Float32Array(actions.length).fill(99);
    const given = space.kind === "discrete" ? Int32Array.from(actions) : Float32Array.from(actions);
    encoder.encodeRow("observeRows", given, environment, row);
    return Array.from(row);
  };

  test("writes the actions of one environment in their row, as they are stored", () => {
    expect(encodeRow(discrete(3, 5), [5, 7, 6], 1)).toEqual([99, 2, 99]);
    expect(encodeRow(multiDiscrete([2, 4]), [0, 0, 1, 3], 1)).toEqual([99, 99, 1, 3]);
    expect(encodeRow(box(-1, 1, [2]), [7, -8, 0, 0], 0)).toEqual([7, -8, 99, 99]);
  });

  test.each([
    [discrete(3, 5), [5, 8], "action of environment 1 expected an integer in 5..7, got 8. Pass what actRows wrote."],
    [
      multiDiscrete([2, 4]),
      [0, 0, 1, 4],
      "action of environment 1 expected an integer in 0..3 at index 1, got Float32Array [1, 4].",
    ],
    [multiBinary(1), [0, 2], "action of environment 1 expected 0 and 1, got Float32Array [2]."],
    [box(-1, 1), [0, Number.NaN], "action of environment 1 expected finite numbers, got Float32Array [NaN]."],
  ] as [Space, number[], string][])("in %o refuses %o", (space, actions, message) => {
    expect(() => encodeRow(space, actions, 1)).toThrow(RangeError);
    expect(() => encodeRow(space, actions, 1)).toThrow(`observeRows: ${message}`);
  });
});

test("says of a number whether it can be stored, which a file must not decide", () => {
  const stored = (space: Space, value: number, c: number = 0): boolean =>
    new ActionEncoder(requireActionSpace("test", space)).isStored(value, c);
  // Stored from 0, whatever the space starts with.
  expect([-1, 0, 2, 3, 0.5].map((value) => stored(discrete(3, 5), value))).toEqual([false, true, true, false, false]);
  expect([stored(multiDiscrete([2, 4]), 3, 0), stored(multiDiscrete([2, 4]), 3, 1)]).toEqual([false, true]);
  expect([0, 1, 2].map((value) => stored(multiBinary(3), value, 2))).toEqual([true, true, false]);
  expect([7, Number.NaN, 1e39].map((value) => stored(box(-1, 1), value))).toEqual([true, false, false]);
});
