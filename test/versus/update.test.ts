import { expect, test } from "vitest";

type State = Record<string, Float32Array[]>;

/** Not compiled with the rest; see bench/versus.ts. */
const { agree, TOLERANCE } = (await import(new URL("../../bench/versus/update.mjs", import.meta.url).href)) as {
  agree(ours: State, theirs: State, task: { readonly state: State }, library: string): number;
  TOLERANCE: number;
};

const BLOCKS = ["online", "target", "m", "v"];
/** Two arrays a block; every number `by` further than where it was. */
const moved = (by: number): State =>
  Object.fromEntries(
    BLOCKS.map((block) => [block, [new Float32Array(30).fill(1 + by), new Float32Array(10).fill(by)]]),
  );

test("two updates that arrive at the same numbers differ by nothing", () => {
  expect(agree(moved(0.5), moved(0.5), { state: moved(0) }, "peer")).toBe(0);
});

test("what counts is the difference as a share of the change, the largest of all blocks", () => {
  const theirs = moved(0.5);
  theirs.m = moved(0.5 * (1 + 0.5 * TOLERANCE)).m;
  expect(agree(moved(0.5), theirs, { state: moved(0) }, "peer")).toBeCloseTo(0.5 * TOLERANCE, 5);
});

test.each(BLOCKS)("a %s that was moved too far is an error, and so is one that was not moved", (block) => {
  for (const by of [0.5 * (1 + 1.5 * TOLERANCE), 0]) {
    const theirs = { ...moved(0.5), [block]: moved(by)[block] };
    expect(() => agree(moved(0.5), theirs, { state: moved(0) }, "peer")).toThrow(
      `update: ${block} of peer expected within ${TOLERANCE} of the change that ours makes, got `,
    );
  }
});

test("numbers that are none agree with nothing", () => {
  const theirs = moved(0.5);
  theirs.v[1][3] = Number.NaN;
  expect(() => agree(moved(0.5), theirs, { state: moved(0) }, "peer")).toThrow("update: v of peer");
});

test("a library that leaves out an array agrees with nothing", () => {
  const theirs = moved(0.5);
  theirs.online.pop();
  expect(() => agree(moved(0.5), theirs, { state: moved(0) }, "peer")).toThrow("update: online of peer");
});
